/** What /metrics tells, as plain data: metric families by pure mapping from what the daemon knows. */
import { RULES } from '../alert/alert.js';
import { HEALTH_PARTS } from '../contracts.js';
import type { HostCounters } from '../host/counters.js';
import type { WireHost } from '../wire/host.js';
import type { WirePool } from '../wire/pool.js';
import type { WirePort } from '../wire/port.js';
import type { WireScore } from '../wire/score.js';
import type { WireStatus } from '../wire/status.js';

/** Series by label are bounded: the first fifty, the rest summed into one named `other`. */
const TOP = 50;

interface Point {
  readonly labels: Readonly<Record<string, string>>;
  /** Null is unknown: the point is left out. */
  readonly value: number | null;
}

export interface Family {
  readonly name: string;
  readonly help: string;
  readonly type: 'gauge' | 'counter';
  readonly points: readonly Point[];
}

const gauge = (name: string, help: string, points: readonly Point[]): Family => ({ name, help, type: 'gauge', points });
const counter = (name: string, help: string, value: number | null): Family => {
  return { name, help, type: 'counter', points: one(value) };
};
const one = (value: number | null): Point[] => [{ labels: {}, value }];

interface PoolQuantity {
  readonly name: string;
  readonly help: string;
  readonly of: (pool: WirePool, nowMs: number) => number | null;
  /** Whether a sum over pools means something. */
  readonly additive: boolean;
}

const POOL_QUANTITIES: readonly PoolQuantity[] = [
  { name: 'capacity_ports', help: 'Ports this pool could use.', of: (p) => p.capacity, additive: true },
  { name: 'used_ports', help: 'Ports held, live and TIME_WAIT.', of: (p) => p.used, additive: true },
  { name: 'available_ports', help: 'Ports a connect() could take now.', of: (p) => p.available, additive: true },
  { name: 'live_ports', help: 'Ports held by connections not in TIME_WAIT.', of: (p) => p.live, additive: true },
  {
    name: 'time_wait_ports',
    help: 'Ports held by TIME_WAIT and orphan FIN_WAIT2 mini-sockets.',
    of: (p) => p.timeWait,
    additive: true,
  },
  {
    name: 'close_rate',
    help: 'Sockets entering TIME_WAIT per second; absent while unknown.',
    of: (p) => p.closeRate,
    additive: true,
  },
  {
    name: 'sustainable_close_rate',
    help: 'Close rate per second at which the pool settles exactly at capacity.',
    of: (p) => p.sustainableRate,
    additive: false,
  },
  {
    name: 'pressure_ratio',
    help: 'Where the pool settles if the close rate holds, over its capacity; absent while unknown.',
    of: (p) => p.pressure,
    additive: false,
  },
  {
    name: 'exhaustion_seconds',
    help: 'Seconds from this scrape until the pool is forecast to run out; 0 exhausted, +Inf not foreseen, absent while unknown.',
    of: exhaustionSeconds,
    additive: false,
  },
  {
    name: 'exhaustion_probability',
    help: 'Probability of exhaustion within 10 minutes of the sample; absent while unknown.',
    of: (p) => p.probability,
    additive: false,
  },
  {
    name: 'failed_connects',
    help: 'Connects that failed for want of a port in the last minute; absent where nobody can tell.',
    of: (p) => p.failedConnects,
    additive: true,
  },
];

/** Families of the pools, worst first: labels of the first fifty, the additive quantities of the rest as pool="other". */
export function listPoolFamilies(pools: readonly WirePool[], nowMs: number): Family[] {
  const rest = pools.slice(TOP);
  const other = { pool: 'other', local_address: '', remote_address: '', remote_port: '', kind: '' };
  const families = POOL_QUANTITIES.map(({ name, help, of, additive }) => {
    const points: Point[] = pools.slice(0, TOP).map((pool) => ({ labels: poolLabels(pool), value: of(pool, nowMs) }));
    if (additive && rest.length > 0)
      points.push({ labels: other, value: sumKnown(rest.map((pool) => of(pool, nowMs))) });
    return gauge(`portcast_pool_${name}`, help, points);
  });
  return [gauge('portcast_pools', 'Pools with at least one port held.', one(pools.length)), ...families];
}

/** Sockets by port series and state: the fifty largest series, the rest summed by direction and state as port="other". */
export function listPortFamilies(ports: readonly WirePort[]): Family[] {
  const bySize = [...ports].sort((a, b) => b.total - a.total || (a.id < b.id ? -1 : 1));
  const points = bySize.slice(0, TOP).flatMap((port) => {
    const labels = {
      namespace: port.namespace,
      direction: port.direction,
      address: port.address ?? '',
      port: String(port.port),
    };
    return Object.entries(port.states).map(([state, value]) => ({ labels: { ...labels, state }, value }));
  });
  const rest = bySize.slice(TOP);
  const others = (['in', 'out'] as const).flatMap((direction) => {
    const labels = { namespace: '', direction, address: '', port: 'other' };
    const sums = sumStates(rest.filter((port) => port.direction === direction));
    return [...sums].map(([state, value]) => ({ labels: { ...labels, state }, value }));
  });
  const help = 'Sockets of a service port seen from this host, by state; a state without sockets is absent.';
  return [
    gauge('portcast_port_series', 'Port series in the latest sample.', one(ports.length)),
    gauge('portcast_port_sockets', help, [...points, ...others]),
  ];
}

/** Limits and counters of the host. */
export function listHostFamilies(host: WireHost, counters: HostCounters | null): Family[] {
  return [
    gauge('portcast_host_capacity_ports', 'Ports an unused destination could take.', one(host.capacity)),
    gauge(
      'portcast_host_sustainable_close_rate',
      'Closes per second an unused destination could sustain.',
      one(host.sustainableRate),
    ),
    gauge('portcast_host_time_wait_seconds', 'How long TIME_WAIT lasts.', one(host.timeWaitSeconds)),
    gauge('portcast_host_max_tw_buckets', 'net.ipv4.tcp_max_tw_buckets.', one(host.twBuckets)),
    gauge('portcast_host_tcp_inuse_sockets', 'sockstat TCP inuse.', one(counters?.inUse ?? null)),
    gauge('portcast_host_tcp_orphan_sockets', 'sockstat TCP orphan, host-wide.', one(counters?.orphan ?? null)),
    gauge('portcast_host_tcp_time_wait_sockets', 'sockstat TCP tw.', one(counters?.timeWait ?? null)),
    gauge('portcast_host_tcp_allocated_sockets', 'sockstat TCP alloc, host-wide.', one(counters?.alloc ?? null)),
    gauge('portcast_host_tcp_established_sockets', 'snmp Tcp CurrEstab.', one(counters?.currEstab ?? null)),
    counter('portcast_host_tcp_active_opens_total', 'snmp Tcp ActiveOpens.', counters?.activeOpens ?? null),
    counter('portcast_host_tcp_passive_opens_total', 'snmp Tcp PassiveOpens.', counters?.passiveOpens ?? null),
    counter(
      'portcast_host_tcp_time_wait_total',
      'netstat TcpExt TW: entries into TIME_WAIT since Linux 5.18, exits before.',
      counters?.tw ?? null,
    ),
    counter(
      'portcast_host_tcp_time_wait_recycled_total',
      'netstat TcpExt TWRecycled: TIME_WAIT ports taken again by connect().',
      counters?.twRecycled ?? null,
    ),
    counter('portcast_host_tcp_time_wait_killed_total', 'netstat TcpExt TWKilled.', counters?.twKilled ?? null),
    counter(
      'portcast_host_tcp_time_wait_overflow_total',
      'netstat TcpExt TCPTimeWaitOverflow: closes that skipped TIME_WAIT for want of a bucket.',
      counters?.twOverflow ?? null,
    ),
  ];
}

/** How portcast itself does: sampling, store, mail, problems, alerts. */
export function listDaemonFamilies(status: WireStatus): Family[] {
  const { sampling, store, mail, tracing } = status;
  const lastDump = sampling.lastDumpAt === null ? null : Date.parse(sampling.lastDumpAt) / 1000;
  return [
    gauge('portcast_build_info', 'Always 1; the version is in the label.', [
      { labels: { version: status.version }, value: 1 },
    ]),
    counter('portcast_beats_total', 'Beats of the schedule since start.', sampling.beats),
    counter('portcast_beats_missed_total', 'Beats that did not come when due.', sampling.missedBeats),
    counter('portcast_schedule_restarts_total', 'Times the schedule was created anew.', sampling.scheduleRestarts),
    counter('portcast_dumps_total', 'Full dumps of the socket table since start.', sampling.dumps),
    gauge('portcast_last_dump_timestamp_seconds', 'Instant of the latest full dump.', one(lastDump)),
    gauge('portcast_dump_cost_seconds', 'CPU time of the latest full dump.', one(sampling.dumpCostSeconds)),
    gauge('portcast_dump_core_ratio', 'Share of one core that full dumps take on average.', one(sampling.dumpShare)),
    gauge('portcast_dump_core_budget_ratio', 'Share that they may take now.', one(sampling.dumpShareBudget)),
    gauge('portcast_dump_rows', 'Rows of the latest full dump.', one(sampling.rows)),
    gauge('portcast_blind', '1 while there is no good sample.', one(status.health === 'blind' ? 1 : 0)),
    gauge('portcast_health_problem', '1 while that part of portcast reports a problem.', problemPoints(status)),
    gauge('portcast_failures_watched', '1 while failed connects are counted.', one(tracing.on ? 1 : 0)),
    counter(
      'portcast_failed_connects_total',
      'Connects that failed for want of a port since start; absent where nobody can tell.',
      tracing.on ? tracing.failedConnects : null,
    ),
    counter(
      'portcast_failed_connects_lost_total',
      'Failed connects that came too fast to be counted.',
      tracing.on ? tracing.lost : null,
    ),
    gauge('portcast_alerts', 'Alerts by rule and state.', alertPoints(status)),
    gauge('portcast_store_size_bytes', 'Size of database, WAL and shm.', one(store.sizeBytes)),
    gauge('portcast_store_cap_bytes', 'The cap on that size.', one(store.capBytes)),
    gauge('portcast_store_pending_records', 'Records in memory not yet written.', one(store.pendingRecords)),
    gauge('portcast_store_series', 'Series the store keeps.', one(store.series)),
    gauge('portcast_mail_configured', '1 when mail can be sent.', one(mail.configured ? 1 : 0)),
    gauge('portcast_mail_pending_messages', 'Messages in the outbox not yet sent.', one(mail.pending)),
    gauge('portcast_mail_failed_messages', 'Messages in the outbox that were given up.', one(mail.failed)),
  ];
}

/** How right the forecasts of the last 30 days were. What could not be compared yet is absent. */
export function listScoreFamilies(score: WireScore): Family[] {
  const kinds = ['shown', 'alarm'] as const;
  const verdicts = ['fulfilled', 'unfulfilled', 'unjustified'] as const;
  const byKind = (of: (counts: WireScore['shown']) => number | null): Point[] =>
    kinds.map((kind) => ({ labels: { kind }, value: of(score[kind]) }));
  return [
    gauge('portcast_forecast_scored', 'Forecasts held against what happened, last 30 days.', one(score.forecasts)),
    gauge(
      'portcast_forecast_brier_score',
      'Mean squared error of the 10-minute probability; 0 is perfect.',
      one(score.brier),
    ),
    gauge(
      'portcast_forecast_base_ratio',
      'Share of the scored forecasts that exhaustion followed.',
      one(score.baseRate),
    ),
    gauge(
      'portcast_forecast_error_median_seconds',
      'Error of the forecast instant, either way, median.',
      one(score.errorMedianSeconds),
    ),
    gauge(
      'portcast_forecast_error_p95_seconds',
      'Error of the forecast instant, either way, 95th percentile.',
      one(score.errorP95Seconds),
    ),
    gauge(
      'portcast_forecast_interval_coverage_ratio',
      'Share of the 90% intervals that held the true instant.',
      one(score.coverage),
    ),
    gauge(
      'portcast_forecast_episodes',
      'Warnings of the last 30 days by what became of them: shown by the forecast, or alarmed by the rules imminent and leak.',
      kinds.flatMap((kind) => verdicts.map((verdict) => ({ labels: { kind, verdict }, value: score[kind][verdict] }))),
    ),
    gauge('portcast_forecast_failures', 'Times a pool began to fail, last 30 days.', one(score.failures)),
    gauge('portcast_forecast_failures_sudden', 'Of them, those faster than sampling.', one(score.sudden)),
    gauge(
      'portcast_forecast_missed_failures',
      'Failures not warned of, sudden ones apart.',
      byKind((c) => c.missed),
    ),
    gauge(
      'portcast_forecast_lead_seconds',
      'Median time from warning to failure.',
      byKind((c) => c.leadMedianSeconds),
    ),
  ];
}

/** What the process costs. CPU time is taken at the scrape; the rest comes with the status, null before the first. */
export function listProcessFamilies(status: WireStatus | null, cpuSeconds: number): Family[] {
  const cost = status?.process ?? null;
  const startSeconds = status === null ? null : Date.parse(status.startedAt) / 1000;
  return [
    counter('process_cpu_seconds_total', 'User and system CPU time of the daemon, all threads.', cpuSeconds),
    gauge('process_resident_memory_bytes', 'Resident memory of the daemon.', one(cost?.residentBytes ?? null)),
    gauge('process_start_time_seconds', 'When the daemon started.', one(startSeconds)),
    gauge(
      'portcast_event_loop_delay_p99_seconds',
      'Delay of the event loop while the daemon works, 99th percentile.',
      one(cost?.eventLoopDelayP99Seconds ?? null),
    ),
  ];
}

function poolLabels(pool: WirePool): Record<string, string> {
  return {
    pool: pool.id,
    local_address: pool.localAddress,
    remote_address: pool.remoteAddress ?? '',
    remote_port: pool.remotePort === null ? '' : String(pool.remotePort),
    kind: pool.kind,
  };
}

/** Not foreseen needs a pressure: without one nothing was forecast, and +Inf would say that all is well. */
function exhaustionSeconds(pool: WirePool, nowMs: number): number | null {
  if (pool.mode === 'exhausted') return 0;
  if (pool.exhaustsAt !== null) return Math.max(0, (Date.parse(pool.exhaustsAt) - nowMs) / 1000);
  return pool.pressure === null ? null : Number.POSITIVE_INFINITY;
}

function problemPoints(status: WireStatus): Point[] {
  const troubled = new Set(status.problems.map((problem) => problem.part));
  const parts = new Set<string>([...HEALTH_PARTS, ...troubled]);
  return [...parts].map((part) => ({ labels: { part }, value: troubled.has(part) ? 1 : 0 }));
}

function alertPoints(status: WireStatus): Point[] {
  return RULES.flatMap((rule) =>
    (['pending', 'firing'] as const).map((state) => ({
      labels: { rule, state },
      value: status.alerts.filter((alert) => alert.rule === rule && alert.state === state).length,
    })),
  );
}

/** Null when nothing is known. */
function sumKnown(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function sumStates(ports: readonly WirePort[]): Map<string, number> {
  const sums = new Map<string, number>();
  for (const port of ports) {
    for (const [state, count] of Object.entries(port.states)) sums.set(state, (sums.get(state) ?? 0) + count);
  }
  return sums;
}
