/** What to do about a pool, with the effect of each remedy computed from its forecast. */
import type { Cause, PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import { formatCount } from '../units.js';
import { buildRemedy, UNSTATED } from './build-remedy.js';
import { computeChanged, listChurnRemedies } from './churn-remedies.js';
import { NO_CONTEXT, type AdviceContext } from './context.js';
import { rankRemedies, type Remedy } from './effect.js';
import { listLeakRemedies, listUnansweredRemedies } from './leak-remedies.js';
import { suggestUnskipping } from './skipped-ports.js';
import { listUseless } from './useless.js';
import { assumePlatform, readPlatform } from './assumed-platform.js';
import { listWindowsRemedies } from './windows-remedies.js';

/** Remedies for a pool: those that help or delay, the best first, and those that do nothing here. */
export interface RemedyLists {
  readonly remedies: readonly Remedy[];
  readonly useless: readonly Remedy[];
}

/** The remedies that help this pool on this host, or delay, the best first. */
export function findRemedies(
  forecast: PoolForecast,
  limits: HostLimits,
  context: AdviceContext = NO_CONTEXT,
): Remedy[] {
  return [...sortRemedies(forecast, limits, context).remedies];
}

/** Each cause has its own. */
export function sortRemedies(watched: PoolForecast, watchedLimits: HostLimits, context: AdviceContext): RemedyLists {
  const platform = context.platform ?? readPlatform(watchedLimits);
  const { forecast, limits } = assumePlatform(watched, watchedLimits, platform);
  const cause = findCause(forecast);
  const listed =
    platform === 'windows' && cause === 'closes'
      ? rankRemedies(listWindowsRemedies(forecast, limits, context))
      : listByCause(forecast, limits, { ...context, cause });
  const refused = listUseless(forecast, cause, platform === 'linux');
  const useless = [...listed, ...refused].filter(({ status }) => status === 'does_nothing');
  return {
    remedies: listed.filter(({ status }) => status !== 'does_nothing'),
    // What a remedy above is about is not also listed as useless.
    useless: useless.filter(
      ({ name }, index) =>
        !listed.some((remedy) => remedy.name === name && remedy.status !== 'does_nothing') &&
        useless.findIndex((other) => other.name === name) === index,
    ),
  };
}

function listByCause(
  forecast: PoolForecast,
  limits: HostLimits,
  context: AdviceContext & { readonly cause: Cause },
): Remedy[] {
  const { cause } = context;
  const unskipping = suggestUnskipping(forecast, (added) =>
    cause === 'closes' ? computeChanged(forecast, { capacity: forecast.capacity + added }) : UNSTATED,
  );
  if (cause === 'unanswered') return [...unskipping, ...listUnansweredRemedies(forecast, limits, context)];
  if (cause === 'growth') return [...unskipping, ...listLeakRemedies(forecast, limits, context)];
  // For clients that bind first nothing else has as great an effect, though it cannot be stated as a number.
  const ranked = [...listChurnRemedies(forecast, limits, context), ...suggestParts(forecast, limits)];
  return [...unskipping, ...suggestNoBind(forecast, limits), ...rankRemedies(ranked)];
}

/** A forecast without a cause, as older versions stored it, tells it by its mode, and when exhausted by what is held. */
export function findCause({ cause, mode, live, timeWait, synSent = 0 }: PoolForecast): Cause {
  if (cause != null) return cause;
  const isLeaking = mode === 'leak' || (mode === 'exhausted' && live > timeWait);
  if (!isLeaking) return 'closes';
  return synSent > live / 2 ? 'unanswered' : 'growth';
}

/** Clients that bind first share one pool per local address, instead of one per destination (kernel rule 7). */
function suggestNoBind(forecast: PoolForecast, limits: HostLimits): Remedy[] {
  if (forecast.kind !== 'bind' || readPlatform(limits) !== 'linux') return [];
  const verify = {
    text: 'The forecast lists one pool for each destination in place of this one.',
    command: 'portcast forecast',
    expected: 'no pool with "any" as its destination',
  };
  return [
    buildRemedy('bind_no_port', {
      detail: `Set IP_BIND_ADDRESS_NO_PORT before bind(${forecast.localAddress}, 0), or do not bind at all: then every destination has ${formatCount(forecast.capacity)} ports of its own.`,
      code: NO_PORT_SAMPLES,
      verify,
    }),
  ];
}

function suggestParts({ kind }: PoolForecast, limits: HostLimits): Remedy[] {
  if (kind !== 'bind' || readPlatform(limits) !== 'linux') return [];
  return [
    buildRemedy('local_port_range', {
      detail:
        "IP_LOCAL_PORT_RANGE, together with IP_BIND_ADDRESS_NO_PORT, gives the sockets of a program a part of ip_local_port_range: programs with parts of their own no longer take each other's ports.",
      code: RANGE_SAMPLES,
      verify: {
        text: 'The local ports of the program lie in its part.',
        command: 'ss -tn',
        expected: 'local ports of that part',
      },
    }),
  ];
}

const NO_PORT_SAMPLES = [
  {
    language: 'python',
    title: 'no port at bind()',
    code: `IP_BIND_ADDRESS_NO_PORT = 24
sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
sock.bind((local_address, 0))
sock.connect(server)`,
  },
  {
    language: 'go',
    title: 'no port at bind()',
    code: `dialer := net.Dialer{
	LocalAddr: &net.TCPAddr{IP: localAddress},
	Control: func(_, _ string, raw syscall.RawConn) (err error) {
		doing := raw.Control(func(fd uintptr) {
			err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, 24, 1) // IP_BIND_ADDRESS_NO_PORT
		})
		return errors.Join(doing, err)
	},
}`,
  },
];

const RANGE_SAMPLES = [
  {
    language: 'python',
    title: 'a part of the range for one socket',
    code: `IP_BIND_ADDRESS_NO_PORT, IP_LOCAL_PORT_RANGE = 24, 51
sock.setsockopt(socket.IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, 1)
sock.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, last_port << 16 | first_port)
sock.bind((local_address, 0))
sock.connect(server)`,
  },
];
