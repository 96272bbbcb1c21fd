/** What helps a pool whose ports are taken by connections that are closed too fast. */
import type { PoolForecast } from '../forecast/types.js';
import { isWildcard } from '../host/endpoint.js';
import { isLoopback } from '../host/ip-address.js';
import type { HostLimits } from '../host/limits.js';
import { formatCount, formatDuration, SECOND_MS } from '../units.js';
import { readPlatform } from './assumed-platform.js';
import { buildRemedy, computeOnPorts, computeSpread, UNSTATED, type PortEffect } from './build-remedy.js';
import { changeSettings, showSetting } from './commands.js';
import type { AdviceContext } from './context.js';
import { computeEffect, NOT_FIN_TIMEOUT, type Check, type Effect, type Load, type Remedy } from './effect.js';
import { suggestKeepAlive } from './keep-alive.js';
import { namePath, SHOWS_WITHIN } from './names.js';
import { suggestReuse } from './reuse.js';
import { explainWidest, suggestWiderRange } from './wider-range.js';

const FIN_TIMEOUT_KEY = 'net.ipv4.tcp_fin_timeout';
const SHORT_FIN_TIMEOUT_MS = 10 * SECOND_MS;
/** How late the timer of TIME_WAIT is at most. */
const LATE_MS = 2 * SECOND_MS;

interface Churn {
  readonly forecast: PoolForecast;
  readonly limits: HostLimits;
  readonly context: AdviceContext;
  readonly load: Load;
  readonly present: Effect;
  readonly computeWith: (changes: Partial<Load>) => PortEffect;
}

export function createLoad({ capacity, live, used, reusable, closeRate, holdMs }: PoolForecast): Load {
  return { capacity, live, held: used - reusable, rate: closeRate ?? 0, holdMs };
}

/** The effect of a change of the load of a pool, which is not known while its close rate is not. */
export function computeChanged(forecast: PoolForecast, changes: Partial<Load>): PortEffect {
  return forecast.closeRate === null ? UNSTATED : computeOnPorts({ ...createLoad(forecast), ...changes });
}

/** In the order of the least effort; those that do nothing here are among them. */
export function listChurnRemedies(forecast: PoolForecast, limits: HostLimits, context: AdviceContext): Remedy[] {
  const load = createLoad(forecast);
  const computeWith = (changes: Partial<Load>): PortEffect => computeChanged(forecast, changes);
  const churn: Churn = { forecast, limits, context, load, present: computePresent(forecast), computeWith };
  return [
    ...suggestReuse(forecast, limits, churn),
    ...suggestRange(churn),
    ...suggestFinTimeout(churn),
    suggestKeepAlive(forecast, churn),
    suggestDestination(churn),
    suggestSource(churn),
    suggestNoPorts(churn),
    suggestServerCloses(churn),
    suggestLinger(churn),
  ];
}

/** What holds now: the forecast knows more than the close rate, so its pressure counts where it has one. */
export function computePresent(forecast: PoolForecast): Effect {
  const computed = computeEffect(createLoad(forecast));
  return forecast.closeRate === null ? { ...computed, pressure: null } : computed;
}

function suggestRange({ forecast, limits, context, load, present, computeWith }: Churn): Remedy[] {
  if (readPlatform(limits) !== 'linux') return [];
  const wider = suggestWiderRange(limits, {
    listeners: context.listeners,
    namespace: forecast.namespace,
    present,
    computeWith: (added) => computeWith({ capacity: load.capacity + added }),
  });
  return wider.length > 0 ? wider : [explainWidest(limits)];
}

/** `tcp_fin_timeout` helps in one case only: FIN_WAIT2 sockets without an owner, for a server that never closes. */
function suggestFinTimeout({ forecast, limits, load, present, computeWith }: Churn): Remedy[] {
  if (readPlatform(limits) !== 'linux') return [];
  const detail = `FIN_WAIT2 without an owner lasts for ${formatDuration(limits.finTimeoutMs)} (tcp_fin_timeout).`;
  const orphans = forecast.orphanFinWait2 ?? 0;
  if (orphans === 0 || limits.finTimeoutMs <= SHORT_FIN_TIMEOUT_MS) {
    const useless =
      orphans === 0 ? NOT_FIN_TIMEOUT : `tcp_fin_timeout is ${formatDuration(limits.finTimeoutMs)} already`;
    return [buildRemedy('fin_timeout', { detail, useless, verify: { text: 'Nothing to verify.' } })];
  }
  const value = `${SHORT_FIN_TIMEOUT_MS / SECOND_MS}`;
  const setting = { key: FIN_TIMEOUT_KEY, value, now: `${limits.finTimeoutMs / SECOND_MS}` };
  const commands = changeSettings([setting], forecast.namespace, 'fin-timeout');
  const share = orphans / Math.max(1, forecast.timeWait);
  const holdMs = (1 - share) * load.holdMs + share * (load.holdMs - limits.finTimeoutMs + SHORT_FIN_TIMEOUT_MS);
  return [
    buildRemedy(
      'fin_timeout',
      {
        detail: `${commands.commands.join(' && ')}: ${formatCount(orphans)} of ${formatCount(forecast.timeWait)} ports wait in FIN_WAIT2 for a server that does not close. They come free after ${formatDuration(SHORT_FIN_TIMEOUT_MS)}.`,
        ...commands,
        effect: computeWith({ holdMs: Math.max(SECOND_MS, Math.min(load.holdMs, holdMs)) }),
        verify: {
          text: 'The FIN_WAIT2 sockets of the pool become fewer.',
          command: showSetting(FIN_TIMEOUT_KEY, forecast.namespace),
          expected: `${FIN_TIMEOUT_KEY} = ${value}`,
        },
      },
      present,
    ),
  ];
}

function suggestDestination({ forecast, load, present }: Churn): Remedy {
  const verify = {
    text: 'The forecast lists two pools, each with about half of the close rate.',
    command: 'portcast forecast',
  };
  if (forecast.kind === 'bind') {
    return buildRemedy('second_destination', {
      detail: `bind() takes a port from the same ${formatCount(forecast.capacity)} for each destination.`,
      useless: 'clients that bind first share these ports among all destinations',
      verify,
    });
  }
  const detail = `Each combination of addresses and port has its own ${formatCount(forecast.capacity)} ports.`;
  return buildRemedy('second_destination', { detail, effect: spread(forecast, load), verify }, present);
}

function suggestSource({ forecast, load, present, context }: Churn): Remedy {
  const isOfAll = forecast.kind === 'bind' && isWildcard(forecast.localAddress);
  const code = context.samples;
  return buildRemedy(
    'second_source',
    {
      ...(forecast.kind === 'bind' ? { title: 'Bind to a second local address as well' } : {}),
      detail: isOfAll
        ? `These clients bind to ${forecast.localAddress}, so all local addresses share ${formatCount(forecast.capacity)} ports: bind to two addresses of this host by turns in its place.`
        : `Each local address has its own ${formatCount(forecast.capacity)} ports ${namePath(forecast)}: one more address of this host doubles them. Let the client bind to the two by turns, with IP_BIND_ADDRESS_NO_PORT on Linux.`,
      effect: spread(forecast, load),
      code,
      verify: { text: 'The forecast lists a second pool with the other local address.', command: 'portcast forecast' },
    },
    present,
  );
}

function spread({ closeRate }: PoolForecast, load: Load): PortEffect {
  return closeRate === null ? UNSTATED : computeSpread(load, 2);
}

/** Requests that reach the other end without a port of this host. */
function suggestNoPorts({ forecast, present, computeWith }: Churn): Remedy {
  const isLocal = isLoopback(forecast.remoteAddress ?? forecast.localAddress);
  const effect = computeWith({ rate: 0 });
  const verify = {
    text: `The close rate ${namePath(forecast)} falls to almost 0 ${SHOWS_WITHIN}.`,
    command: 'portcast forecast',
  };
  if (isLocal) {
    return buildRemedy('unix_socket', { detail: 'A Unix socket takes no port at all.', effect, verify }, present);
  }
  const detail =
    'Clients reach the proxy by a Unix socket, which takes no port, and the proxy keeps a few connections open.';
  return buildRemedy('local_proxy', { detail, effect, verify }, present);
}

function suggestServerCloses({ forecast, limits, present, computeWith }: Churn): Remedy {
  return buildRemedy(
    'server_closes',
    {
      detail: `The side that closes first holds the TIME_WAIT. ${NOT_FIN_TIMEOUT}, so lowering it changes nothing here.`,
      effect: computeWith({ rate: 0 }),
      verify: verifyNoTimeWait(forecast, limits),
    },
    present,
  );
}

function suggestLinger({ forecast, limits, present, computeWith }: Churn): Remedy {
  return buildRemedy(
    'so_linger',
    {
      detail: 'close() then sends a reset, and no TIME_WAIT follows. Data in flight is lost.',
      effect: computeWith({ rate: 0 }),
      verify: verifyNoTimeWait(forecast, limits),
    },
    present,
  );
}

/** By then the last of the ports that wait now has come free. */
function verifyNoTimeWait(forecast: PoolForecast, limits: HostLimits): Check {
  const text = `TIME_WAIT ${namePath(forecast)} falls to 0 within ${formatDuration(limits.timeWaitMs + LATE_MS)}.`;
  return readPlatform(limits) === 'linux'
    ? { text, command: 'ss -s', expected: 'fewer timewait' }
    : { text, command: 'netstat -an | grep -c TIME_WAIT', expected: 'a figure that falls' };
}
