/** The newest cycle as JSON documents. They are built when they are requested. */
import type { Alert } from './alert/alert.js';
import type { PoolForecast } from './forecast/types.js';
import type { Clock, CycleView, HostReading, SourceChoice } from './contracts.js';
import { PortcastError } from './errors.js';
import type { Health } from './health.js';
import { createTimeWaitCounter } from './host/time-wait-counter.js';
import { countUnusedCapacity, explainNoUsablePort } from './pool/capacity.js';
import type { DumpBudget } from './dump-contracts.js';
import type { OwnEndpoints } from './pool/own-traffic.js';
import { listGonePools, listPools, rankView } from './pool-list.js';
import { buildStatus, explainSlowTrouble, type StatusFacts } from './status.js';
import { hostToWire, type WireHost } from './wire/host.js';
import { countSockets, type PortSeriesSample } from './snapshot/port-series.js';
import { takeFirst } from './top-ranked.js';
import { portToWire, unlistedPortsToWire, type WirePort, type WireUnlistedPorts } from './wire/port.js';
import { unlistedToWire, type WirePool, type WirePools } from './wire/pool.js';
import type { WireSample } from './wire/sample.js';
import type { WireStatus } from './wire/status.js';

/** Limits of a server-sent sample. The documents of the API have all pools and port series. */
const SAMPLE_POOLS = 500;
const SAMPLE_PORTS = 100;

interface ViewParts {
  readonly version: string;
  readonly hostName: string;
  readonly scheduleExpression: string;
  readonly clock: Clock;
  readonly health: Health;
  readonly budget: DumpBudget;
  readonly source: () => SourceChoice;
  readonly schedule: () => StatusFacts['schedule'];
  readonly lookout: () => StatusFacts['lookout'];
  readonly store: () => StatusFacts['store'];
  readonly mail: () => StatusFacts['mail'];
  readonly delivery: () => StatusFacts['delivery'];
  readonly channels: () => StatusFacts['channels'];
  readonly score: () => StatusFacts['score'];
  readonly incidents: () => StatusFacts['incidents'];
  readonly tracing: () => StatusFacts['tracing'];
  readonly process: () => StatusFacts['process'];
  readonly maxSampleAgeMs: number;
  readonly own: OwnEndpoints;
}

export interface Views {
  update(view: CycleView): void;
  host(): WireHost;
  status(): WireStatus;
  /** Null before the first dump. */
  pools(): WirePools | null;
  ports(): WirePort[];
  /** The series that `ports` does not list; null where it lists all. */
  unlistedPorts(): WireUnlistedPorts | null;
  /** The worst pools and the largest port series, as one server-sent event. */
  sample(): WireSample;
  /** Why full dumps are so much rarer than the beats that it is a problem; null while they are not. */
  explainSlowTrouble(): string | null;
  /** The alerts that are pending or firing, with the newest forecasts; the store has them as of their last change. */
  alerts(): readonly Alert[];
  /** What the newest cycle found; null before the first. */
  latest(): CycleView | null;
  /** The pool that is most at risk; null while there is none. */
  worstPool(): PoolForecast | null;
  /** The latest reading of the host; null before the first. */
  reading(): HostReading | null;
  /** Sockets that entered TIME_WAIT since it is known what TW counts; null until then. */
  timeWaitEntered(): number | null;
}

interface CurrentView {
  readonly view: CycleView;
  readonly reading: HostReading;
}

/**
 * The documents of the newest cycle.
 * @throws PortcastError LIMITS_UNREADABLE from `host`, `status`, `pools` and `sample` before the host was first read
 */
export function createViews(parts: ViewParts): Views {
  const startedAtMs = parts.clock.wallMs();
  let view: CycleView | null = null;
  let reading: HostReading | null = null;
  let dumps = 0;
  const timeWaits = createTimeWaitCounter();

  const requireView = (): CurrentView => {
    if (view === null || reading === null) {
      const problems = parts.health.problems().map((problem) => problem.message);
      throw new PortcastError('LIMITS_UNREADABLE', problems.join('; ') || 'the host has not been read yet');
    }
    return { view, reading };
  };

  const host = (): WireHost => ({ ...describeHost(parts, requireView()), timeWaitCounts: timeWaits.counts() });

  const status = (): WireStatus =>
    buildStatus({ ...gatherFacts(parts), startedAtMs, host: host(), dumps, pools, view: requireView().view });

  const ports = (limit?: number): WirePort[] => listPorts(view?.ports ?? [], limit);
  const pools = (limit?: number): WirePool[] => (view === null ? [] : listPools(view, parts.own, limit));

  return {
    update(next) {
      if (next.table !== null && next.table.snapshotAtMs !== view?.table?.snapshotAtMs) dumps += 1;
      view = next;
      if (next.reading !== null) timeWaits.observe(next.reading.counters);
      reading = next.reading ?? reading;
    },
    host,
    status,
    pools: () =>
      view?.table ? { host: host(), pools: pools(), unlisted: unlistedToWire(view.unlisted ?? null) } : null,
    ports: () => ports(),
    unlistedPorts: () => (view?.otherPorts ? unlistedPortsToWire(view.otherPorts) : null),
    sample: () => ({
      status: status(),
      pools: [...pools(SAMPLE_POOLS), ...(view === null ? [] : listGonePools(view))],
      ports: ports(SAMPLE_PORTS),
    }),
    explainSlowTrouble: () => explainSlowTrouble({ budget: parts.budget.view(), schedule: parts.schedule() }),
    alerts: () => view?.alerts ?? [],
    latest: () => view,
    worstPool: () => (view === null ? null : (rankView(view, parts.own)[0] ?? null)),
    reading: () => reading,
    timeWaitEntered: () => timeWaits.entered(),
  };
}

/** What the status says beside the newest cycle. */
function gatherFacts(parts: ViewParts) {
  const { version, scheduleExpression, maxSampleAgeMs } = parts;
  return {
    version,
    scheduleExpression,
    maxSampleAgeMs,
    nowMs: parts.clock.wallMs(),
    source: parts.source(),
    schedule: parts.schedule(),
    lookout: parts.lookout(),
    budget: parts.budget.view(),
    problems: parts.health.problems(),
    store: parts.store(),
    mail: parts.mail(),
    delivery: parts.delivery(),
    channels: parts.channels(),
    score: parts.score(),
    incidents: parts.incidents(),
    tracing: parts.tracing(),
    process: parts.process(),
  };
}

/** The series with the most sockets first, all of them or the first `limit`. */
function listPorts(series: readonly PortSeriesSample[], limit?: number): WirePort[] {
  const counted = series.map((port) => ({ port, sockets: countSockets(port) }));
  const ranked = limit === undefined ? counted.sort(mostSocketsFirst) : takeFirst(counted, limit, mostSocketsFirst);
  return ranked.map(({ port }) => portToWire(port));
}

function describeHost(parts: ViewParts, { view, reading }: CurrentView): WireHost {
  const { limits, granularity, counters, problems } = reading;
  return hostToWire({
    name: parts.hostName,
    sampledAtMs: view.table?.snapshotAtMs ?? null,
    source: parts.source(),
    limits,
    granularity,
    counters,
    problems,
    capacity: view.table?.unusedCapacity ?? countUnusedCapacity(null, limits),
    holdMs: limits.timeWaitMs + granularity.timeWaitMs,
    noPortWhy: view.table === null ? explainNoUsablePort(null, limits) : view.table.noPortWhy,
    hasBoundInactive: view.table?.hasBoundInactive,
  });
}

interface CountedPort {
  readonly port: PortSeriesSample;
  readonly sockets: number;
}

function mostSocketsFirst(a: CountedPort, b: CountedPort): number {
  return b.sockets - a.sockets || a.port.id.localeCompare(b.port.id);
}
