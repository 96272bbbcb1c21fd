/** What helps a pool whose connections stay open, and one whose connects nobody answers. */
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import { findSynLifeMs } from '../host/syn-timing.js';
import { formatCount, formatDuration, formatGrowth, SECOND_MS } from '../units.js';
import { buildRemedy, UNSTATED, type PortEffect } from './build-remedy.js';
import { readPlatform } from './assumed-platform.js';
import { changeSettings, listSockets, showSetting } from './commands.js';
import type { AdviceContext } from './context.js';
import { timeToFill, type Remedy } from './effect.js';
import { namePath } from './names.js';
import { suggestWiderRange } from './wider-range.js';

const SYN_RETRIES_KEY = 'net.ipv4.tcp_syn_retries';
const DEFAULT_SYN_RETRIES = 6;
const FEW_SYN_RETRIES = 2;
const FILLS_TOO = 'more ports are filled as well, only later';

export function listLeakRemedies(forecast: PoolForecast, limits: HostLimits, context: AdviceContext): Remedy[] {
  const growth = forecast.liveGrowth ?? 0;
  const state = forecast.closeWait > 0 ? 'close-wait' : 'established';
  const { command, count, owner } = listSockets(state, forecast, readPlatform(limits));
  return [
    forecast.closeWait > 0 ? suggestClosing(forecast, count) : suggestLimit(forecast, count),
    buildRemedy('find_owner', {
      detail: `${command}; restarting that process frees its ports.`,
      commands: [command],
      verify: { text: 'The command names the process.', command, expected: owner },
    }),
    ...suggestMorePorts(forecast, limits, context, (added) => ({
      ...UNSTATED,
      secondsToExhaustion: timeToFill(forecast.capacity + added - forecast.used, growth),
    })),
  ];
}

/** The peer, or a firewall on the way, drops the SYNs: each attempt holds its port until the client gives up. */
export function listUnansweredRemedies(forecast: PoolForecast, limits: HostLimits, context: AdviceContext): Remedy[] {
  const waiting = formatCount(forecast.synSent ?? 0);
  const { command, owner } = listSockets('syn-sent', forecast, readPlatform(limits));
  const verify = { text: 'SYN_SENT falls, and with it the ports in use.', command, expected: 'fewer lines each time' };
  return [
    buildRemedy('check_peer', {
      detail: `${waiting} connects ${namePath(forecast)} are unanswered (SYN_SENT): the server is down or overloaded, or a firewall drops the packets. Each attempt holds its port until it times out.`,
      verify,
    }),
    buildRemedy('find_owner', {
      title: 'Find out which process is connecting',
      detail: command,
      commands: [command],
      verify: { text: 'The command names the process.', command, expected: owner },
    }),
    buildRemedy('connect_timeout', {
      detail: `Without one an attempt holds its port ${describeSynLife(limits)}. A circuit breaker, which stops trying for some seconds after a few failures, does the same.`,
      verify,
    }),
    ...suggestSynRetries(forecast, limits),
    ...suggestMorePorts(forecast, limits, context, () => UNSTATED),
  ];
}

function describeSynLife(limits: HostLimits): string {
  if (readPlatform(limits) !== 'linux') return 'until the system gives up';
  return `for up to ${formatDuration(findSynLifeMs(limits))} (net.ipv4.tcp_syn_retries)`;
}

function suggestMorePorts(
  { namespace }: PoolForecast,
  limits: HostLimits,
  { listeners }: AdviceContext,
  computeWith: (added: number) => PortEffect,
): Remedy[] {
  if (readPlatform(limits) !== 'linux') return [];
  return suggestWiderRange(limits, { listeners, namespace, delays: FILLS_TOO, computeWith });
}

/**
 * The forecast's pressure is where unanswered connects settle with their present life. With a shorter life their part
 * shrinks by the same factor.
 */
function suggestSynRetries(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  const now = limits.synRetries ?? DEFAULT_SYN_RETRIES;
  if (readPlatform(limits) !== 'linux' || now <= FEW_SYN_RETRIES) return [];
  const [lifeMs, shorterMs] = [findSynLifeMs(limits), findSynLifeMs({ ...limits, synRetries: FEW_SYN_RETRIES })];
  const setting = { key: SYN_RETRIES_KEY, value: `${FEW_SYN_RETRIES}`, now: `${now}` };
  const commands = changeSettings([setting], forecast.namespace, 'syn-retries');
  return [
    buildRemedy(
      'syn_retries',
      {
        detail: `${commands.commands.join(' && ')}: an unanswered connect gives up after ${formatDuration(shorterMs)} in place of ${formatDuration(lifeMs)}.`,
        ...commands,
        effect: shorten(forecast, lifeMs, shorterMs),
        verify: {
          text: 'New attempts give up sooner, so SYN_SENT falls.',
          command: showSetting(SYN_RETRIES_KEY, forecast.namespace),
          expected: `${SYN_RETRIES_KEY} = ${FEW_SYN_RETRIES}`,
        },
      },
      { ...UNSTATED, pressure: forecast.pressure },
    ),
  ];
}

function shorten(forecast: PoolForecast, lifeMs: number, shorterMs: number): PortEffect {
  const { pressure, capacity, live, used, synSent = 0, closeRate, holdMs } = forecast;
  if (pressure === null || closeRate === null || capacity <= 0) return UNSTATED;
  const others = live - synSent + (closeRate * holdMs) / SECOND_MS;
  const waiting = Math.max(0, pressure * capacity - others);
  const settles = (others + (waiting * shorterMs) / lifeMs) / capacity;
  const opens = closeRate + (waiting * SECOND_MS) / lifeMs;
  const secondsToExhaustion = settles < 1 ? null : timeToFill(capacity - used, opens);
  return { ...UNSTATED, pressure: settles, ports: capacity, secondsToExhaustion };
}

function suggestClosing({ closeWait, live }: PoolForecast, count: string): Remedy {
  return buildRemedy('close_sockets', {
    detail: `${formatCount(closeWait)} of ${formatCount(live)} open connections are in CLOSE_WAIT: the server has closed them and the application has not. No system setting ends them.`,
    verify: { text: 'The sockets in CLOSE_WAIT become fewer.', command: count, expected: 'a figure that falls' },
  });
}

function suggestLimit({ live, liveGrowth }: PoolForecast, count: string): Remedy {
  const growth = liveGrowth ?? 0;
  return buildRemedy('bound_pool', {
    detail: `${formatCount(live)} connections are open${growth > 0 ? `, ${formatGrowth(growth)}` : ''}: give its connection pool a maximum size and an idle time-out.`,
    verify: {
      text: 'The number of open connections stays at the maximum.',
      command: count,
      expected: 'a figure that no longer grows',
    },
  });
}
