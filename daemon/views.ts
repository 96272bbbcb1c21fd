/** What the outside sees: the newest cycle, turned into the documents of the wire on demand. */
import type { Clock, CycleView, HostReading, SourceChoice } from './contracts.js';
import { PortcastError } from './errors.js';
import type { Health } from './health.js';
import { countUnusedCapacity } from './pool/capacity.js';
import type { DumpBudget } from './contracts.js';
import { buildStatus, listPools, explainSlowness, type StatusFacts } from './status.js';
import { hostToWire, type WireHost } from './wire/host.js';
import { portToWire, type WirePort } from './wire/port.js';
import type { WirePool, WirePools } from './wire/pool.js';
import type { WireSample } from './wire/sample.js';
import type { WireStatus } from './wire/status.js';

/** Bounds of one server-sent sample; the documents themselves are whole. */
const SAMPLE_POOLS = 50;
const SAMPLE_PORTS = 100;

export interface ViewParts {
  readonly version: string;
  readonly hostName: string;
  readonly scheduleExpression: string;
  readonly clock: Clock;
  readonly health: Health;
  readonly budget: DumpBudget;
  readonly source: () => SourceChoice;
  readonly schedule: () => StatusFacts['schedule'];
  readonly store: () => StatusFacts['store'];
  readonly mail: () => StatusFacts['mail'];
  readonly score: () => StatusFacts['score'];
  readonly tracing: () => StatusFacts['tracing'];
  readonly process: () => StatusFacts['process'];
  readonly maxSampleAgeMs: () => number;
}

export interface Views {
  update(view: CycleView): void;
  host(): WireHost;
  status(): WireStatus;
  /** Null until the first dump. */
  pools(): WirePools | null;
  ports(): WirePort[];
  /** Worst first, most sockets first, bounded. */
  sample(): WireSample;
  explainSlowness(): string | null;
  /** The last reading of the host; null before the first. */
  reading(): HostReading | null;
}

/**
 * Documents exist once the host has been read.
 * @throws PortcastError LIMITS_UNREADABLE from `host`, `status`, `pools` and `sample` before that
 */
export function createViews(parts: ViewParts): Views {
  const startedAtMs = parts.clock.wallMs();
  let view: CycleView | null = null;
  let reading: HostReading | null = null;
  let dumps = 0;

  const current = (): { view: CycleView; reading: HostReading } => {
    if (view === null || reading === null) {
      const why = parts.health.problems().map((problem) => problem.message);
      throw new PortcastError('LIMITS_UNREADABLE', why.join('; ') || 'the host has not been read yet');
    }
    return { view, reading };
  };

  const host = (): WireHost => {
    const now = current();
    const { limits, granularity, counters } = now.reading;
    return hostToWire({
      name: parts.hostName,
      sampledAtMs: now.view.table?.snapshotAtMs ?? null,
      source: parts.source(),
      limits,
      granularity,
      counters,
      capacity: now.view.table?.unusedCapacity ?? countUnusedCapacity(null, limits),
      holdMs: limits.timeWaitMs + granularity.timeWaitMs,
    });
  };

  const status = (): WireStatus =>
    buildStatus({
      version: parts.version,
      startedAtMs,
      nowMs: parts.clock.wallMs(),
      host: host(),
      source: parts.source(),
      scheduleExpression: parts.scheduleExpression,
      schedule: parts.schedule(),
      budget: parts.budget.view(),
      dumps,
      view: current().view,
      problems: parts.health.problems(),
      ...{ store: parts.store(), mail: parts.mail(), score: parts.score(), tracing: parts.tracing() },
      process: parts.process(),
      maxSampleAgeMs: parts.maxSampleAgeMs(),
    });

  const ports = (): WirePort[] => (view?.ports ?? []).map(portToWire).sort(mostSocketsFirst);
  const pools = (limit?: number): WirePool[] => (view === null ? [] : listPools(view, limit));

  return {
    update(next) {
      if (next.table !== null && next.table.snapshotAtMs !== view?.table?.snapshotAtMs) dumps += 1;
      view = next;
      reading = next.reading ?? reading;
    },
    host,
    status,
    pools: () => (view?.table ? { host: host(), pools: pools() } : null),
    ports,
    sample: () => ({ status: status(), pools: pools(SAMPLE_POOLS), ports: ports().slice(0, SAMPLE_PORTS) }),
    explainSlowness: () => view && explainSlowness({ budget: parts.budget.view(), schedule: parts.schedule(), view }),
    reading: () => reading,
  };
}

function mostSocketsFirst(a: WirePort, b: WirePort): number {
  return b.total - a.total || a.id.localeCompare(b.id);
}
