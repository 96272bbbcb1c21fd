/** What the socket table of a pool shows, which cause that has, which remedies answer it, and how to check them. */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount, formatGrowth, formatPercent, formatRate } from '../units.js';
import type { RemedyName } from './catalogue.js';
import type { AdviceContext, Owner } from './context.js';
import { namePath } from './names.js';
import { findPrograms } from './match-program.js';
import { findCause } from './remedies.js';

export interface Signature {
  /** Stable name, for example `connection_per_request`. */
  readonly name: string;
  /** What the table shows, with its numbers. */
  readonly seen: string;
  readonly cause: string;
  /** Names of remedies, the best first; empty where nothing needs to be done. */
  readonly remedies: readonly RemedyName[];
  /** How to see afterwards that it is over. */
  readonly check: string;
}

/** From this share of the used ports on, TIME_WAIT is most of what is held. */
const MOSTLY_TIME_WAIT = 0.9;
/** So many processes that held a connection and have none now make short-lived clients. */
const MANY_OWNERS = 5;
/** Below this share of the capacity the table does not explain why connects fail. */
const WELL_BELOW = 0.95;
const FEW_PORTS = 20;

type Rule = (forecast: PoolForecast, context: AdviceContext) => Signature | null;

/** Every signature that the pool shows. The order is that of the rules. */
export function findSignatures(forecast: PoolForecast, context: AdviceContext): Signature[] {
  return listRules().flatMap((rule) => rule(forecast, context) ?? []);
}

const skippedPorts: Rule = ({ skippedPorts: skipped = 0, capacity, used }) =>
  skipped === 0
    ? null
    : {
        name: 'skipped_ports',
        seen: `connects fail with ${formatCount(used)} ports in use, though ${formatCount(skipped)} of ${formatCount(capacity + skipped)} look free`,
        cause: 'Kernels before 6.18 skip a port that was bound explicitly until its last socket is gone.',
        remedies: ['newer_kernel', 'bind_no_port', 'separate_ranges'],
        check: 'Connects no longer fail at the same use.',
      };

const hiddenBinds: Rule = ({ skippedPorts: skipped = 0, failedConnects, used, capacity, mode, kind }) =>
  skipped > 0 || (failedConnects ?? 0) === 0 || mode === 'exhausted' || used >= WELL_BELOW * capacity
    ? null
    : {
        name: 'fails_below_capacity',
        seen: `${formatCount(failedConnects ?? 0)} ${kind === 'bind' ? 'binds' : 'connects'} failed in the last minute with ${formatCount(used)} of ${formatCount(capacity)} ports in use`,
        cause:
          'The ports came free between the failure and the sample, or the sockets that failed may not use all ports: they have a part of the range (IP_LOCAL_PORT_RANGE), or ports are bound that the table does not show.',
        remedies: ['bind_no_port', 'newer_kernel'],
        check: 'Connects no longer fail at the same use.',
      };

const connectionPerRequest: Rule = (forecast) => {
  const { kind, used, timeWait, live, orphanFinWait2, closeRate } = forecast;
  const isMostly = used >= FEW_PORTS && timeWait > MOSTLY_TIME_WAIT * used && orphanFinWait2 === undefined;
  if (kind !== 'connect' || !isMostly || findCause(forecast) !== 'closes') return null;
  const rate = closeRate === null ? '' : `, ${formatRate(closeRate)} closes/s`;
  return {
    name: 'connection_per_request',
    seen: `${formatPercent(timeWait / used)} of the ${formatCount(used)} ports ${namePath(forecast)} are in TIME_WAIT, and ${formatCount(live)} are open${rate}`,
    cause: 'A new connection is opened for each request, and this side closes it.',
    remedies: ['keep_alive', 'local_proxy'],
    check: 'The close rate falls to a tenth within 60 s, and TIME_WAIT no longer grows.',
  };
};

const shortLivedOwners: Rule = (forecast, { owners }) => {
  const gone = owners.filter(({ confidence }) => confidence === 0);
  const isMany = new Set(owners.map(({ pid }) => pid)).size >= MANY_OWNERS && gone.length >= MANY_OWNERS;
  if (!isMany || findCause(forecast) !== 'closes') return null;
  return {
    name: 'short_lived_owners',
    seen: `${formatCount(gone.length)} processes that held a connection have ended or hold none now: ${nameFirst(gone)}`,
    cause: 'Short-lived processes open one connection each: cron jobs, CGI, loops of a shell.',
    remedies: ['local_proxy', 'keep_alive'],
    check: 'Fewer new processes each minute hold a connection of the pool.',
  };
};

const idleLimit: Rule = (forecast, context) => {
  const { live, timeWait, used } = forecast;
  const isGo = findPrograms(context).some(({ name }) => name === 'go');
  const keepsFew = live >= 2 && timeWait > live && used >= FEW_PORTS && findCause(forecast) === 'closes';
  if (!isGo || !keepsFew) return null;
  return {
    name: 'few_idle_connections',
    seen: `${formatCount(live)} connections are open and ${formatCount(timeWait)} ports are in TIME_WAIT`,
    cause: 'Go keeps 2 idle connections for each host, and closes all others after their request.',
    remedies: ['keep_alive'],
    check: 'The number of open connections stays the same, and TIME_WAIT falls towards 0.',
  };
};

const bindsFirst: Rule = ({ kind, localAddress, used, capacity }) =>
  kind !== 'bind'
    ? null
    : {
        name: 'binds_first',
        seen: `all destinations of ${localAddress} share ${formatCount(capacity)} ports, and ${formatCount(used)} of them are in use`,
        cause:
          'The clients call bind(address, 0) before connect(). When the ports are gone bind() fails with EADDRINUSE.',
        remedies: ['bind_no_port', 'local_port_range', 'second_source'],
        check: 'The forecast lists a pool for each destination.',
      };

const neverClosed: Rule = (forecast) => {
  const { closeWait, live, liveGrowth } = forecast;
  const isLeak = findCause(forecast) === 'growth' && (forecast.cause === 'growth' || forecast.mode !== 'steady');
  if (!isLeak || closeWait > live / 2) return null;
  return {
    name: 'leak',
    seen: `${formatCount(live)} connections are open${(liveGrowth ?? 0) > 0 ? `, ${formatGrowth(liveGrowth ?? 0)}` : ''}, and hardly any is closed`,
    cause: 'Connections are lost by the program, or its connection pool has no maximum.',
    remedies: ['bound_pool', 'find_owner'],
    check: 'The number of open connections no longer grows.',
  };
};

const closeWait: Rule = ({ closeWait: waiting, live }) =>
  waiting < FEW_PORTS || waiting <= live / 10
    ? null
    : {
        name: 'close_wait',
        seen: `${formatCount(waiting)} of ${formatCount(live)} open connections are in CLOSE_WAIT`,
        cause: 'The server has closed them, and the application never does.',
        remedies: ['close_sockets', 'find_owner'],
        check: 'CLOSE_WAIT falls.',
      };

const orphans: Rule = ({ orphanFinWait2, timeWait }) =>
  orphanFinWait2 === undefined || orphanFinWait2 < FEW_PORTS
    ? null
    : {
        name: 'orphan_fin_wait2',
        seen: `${formatCount(orphanFinWait2)} of ${formatCount(timeWait)} ports that wait are in FIN_WAIT2 without an owner`,
        cause: 'This side has closed, and the server never closes its side.',
        remedies: ['fin_timeout', 'keep_alive'],
        check: 'The number of rows falls to the close rate times tcp_fin_timeout.',
      };

const unanswered: Rule = (forecast) => {
  const { synSent = 0, live } = forecast;
  if (synSent < FEW_PORTS || synSent <= live / 2) return null;
  return {
    name: 'unanswered',
    seen: `${formatCount(synSent)} of ${formatCount(live)} connections ${namePath(forecast)} wait in SYN_SENT`,
    cause: 'The destination does not answer, and the clients try again.',
    remedies: ['check_peer', 'connect_timeout', 'syn_retries'],
    check: 'SYN_SENT falls.',
  };
};

const reuseWorks: Rule = ({ reuse, used, capacity, mode, failedConnects }) =>
  reuse !== 'after_delay' || used < MOSTLY_TIME_WAIT * capacity || mode === 'exhausted' || (failedConnects ?? 0) > 0
    ? null
    : {
        name: 'reuse_works',
        seen: `${formatCount(used)} of ${formatCount(capacity)} ports are in use, and TIME_WAIT ports are taken again`,
        cause: 'The table is full, but connect() reuses ports in TIME_WAIT, so nothing fails.',
        remedies: [],
        check: 'No connect fails.',
      };

/** In the order in which they are told. */
function listRules(): Rule[] {
  return [
    skippedPorts,
    hiddenBinds,
    unanswered,
    closeWait,
    neverClosed,
    bindsFirst,
    orphans,
    shortLivedOwners,
    idleLimit,
    connectionPerRequest,
    reuseWorks,
  ];
}

function nameFirst(owners: readonly Owner[]): string {
  const names = [...new Set(owners.map(({ name }) => name))];
  return names.slice(0, 3).join(', ') + (names.length > 3 ? ` and ${names.length - 3} more` : '');
}
