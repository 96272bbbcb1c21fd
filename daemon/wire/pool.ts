/** One pool with its forecast: `portcast forecast --json` and `GET /api/v1/pools`. */
import type { PoolProcess } from '../alert/alert.js';
import type { Cause, FailingProcess, PoolForecast } from '../forecast/types.js';
import { isoOrNull, SECOND_MS } from '../units.js';
import type { OwnTraffic } from '../pool/own-traffic.js';
import type { UnlistedPools } from '../pool/pool-choice.js';
import type { WireHost } from './host.js';
import { round } from './rounding.js';

/** A process that owns connections of a pool; `confidence` is its share of the live ones. */
export type WireProcess = Omit<PoolProcess, 'seenAtMs'>;

export interface WirePool {
  id: string;
  kind: PoolForecast['kind'];
  namespace: string;
  family: 'ipv4' | 'ipv6';
  localAddress: string;
  remoteAddress: string | null;
  remotePort: number | null;
  capacity: number;
  /** The least that the capacity may be, as connect() may skip ports that were bound before; absent where it is `capacity`. */
  capacityLow?: number;
  /** Ports that look free and that connect() was seen to skip; not in `capacity`, and absent where there are none. */
  skippedPorts?: number;
  used: number;
  available: number;
  reusable: number;
  live: number;
  closeWait: number;
  /** Live ports in SYN_SENT: the other side has not answered yet. */
  synSent: number;
  timeWait: number;
  holdSeconds: number;
  reuse: PoolForecast['reuse'];
  /** What takes the ports while an exhaustion is forecast or present, else null. */
  cause: Cause | null;
  /** True while no port is free: `closeRate` is then the least demand that is known. */
  demandAtLeast: boolean;
  closeRate: number | null;
  closeRateLow: number | null;
  closeRateHigh: number | null;
  liveGrowth: number | null;
  sustainableRate: number;
  pressure: number | null;
  exhaustsAt: string | null;
  earliestAt: string | null;
  latestAt: string | null;
  secondsToExhaustion: number | null;
  /**
   * Of 20 equally likely situations, when each has run out, ascending; null = never. Only of the pools that are most at risk,
   * and absent where no exhaustion is forecast.
   */
  exhaustsQuantiles?: (string | null)[];
  probability: number | null;
  /** The probability if the present close rate goes on, whatever earlier bursts of the pool suggest. */
  probabilityIfHeld: number | null;
  /**
   * What the probability assumes: the rate goes on (`rate`), its rise goes on (`climb`), or the burst lasts as long as
   * earlier ones (`history`).
   */
  probabilityBasis: PoolForecast['probabilityBasis'];
  burstsKnown: number;
  pressureFullAt: string | null;
  pressureFullEarliestAt: string | null;
  pressureFullLatestAt: string | null;
  outlookDays: number | null;
  outlookWhy: string | null;
  /** Connects that failed in the last minute; null while failed connects are not counted. */
  failedConnects: number | null;
  /** The processes whose connects failed, the one with the most failures first. */
  failedBy: FailingProcess[];
  mode: PoolForecast['mode'];
  why: string;
  processes: WireProcess[];
  sampledAt: string;
  /** The forecast use with its 90% band, for the pools that matter; empty for the others. */
  ahead: { at: string; used: number; low: number; high: number }[];
  /**
   * All its ports are held by connections of portcast itself (`portcast`), or of viewers on this host to its HTTP server
   * (`viewer`); absent for every other pool. Such a pool is listed last unless it has an alert.
   */
  own?: OwnTraffic;
  /**
   * The pool holds no port any more; the figures are those of this instant, at which it was last seen. Only in the events,
   * for a pool whose alert is not resolved yet.
   */
  goneSince?: string;
}

/** Pools that are not listed, because there are very many and these hold the least, taken together. */
interface WireUnlistedPools {
  count: number;
  capacity: number;
  used: number;
  available: number;
  live: number;
  timeWait: number;
  closeRate: number;
}

export interface WirePools {
  host: WireHost;
  pools: WirePool[];
  /** Null where all pools are listed; versions before it was added listed all. */
  unlisted?: WireUnlistedPools | null;
}

/** The answer of `GET /api/v1/pools` with parameters. */
export interface WirePoolSearch extends WirePools {
  /** How many of the listed pools match; `pools` has the first of them. */
  matches: number;
}

export function unlistedToWire(unlisted: UnlistedPools | null): WireUnlistedPools | null {
  if (unlisted === null) return null;
  const { count, capacity, used, live, timeWait, closeRate } = unlisted;
  return { count, capacity, used, available: capacity - used, live, timeWait, closeRate: round(closeRate, 3) };
}

export function processesToWire(processes: readonly PoolProcess[]): WireProcess[] {
  return processes.map(({ pid, name, confidence, openFiles, openFilesLimit, openFilesWhy }) => ({
    pid,
    name,
    confidence,
    ...(openFiles === undefined ? {} : { openFiles }),
    ...(openFilesLimit === undefined ? {} : { openFilesLimit }),
    ...(openFilesWhy === undefined ? {} : { openFilesWhy }),
  }));
}

export function poolToWire(pool: PoolForecast, processes: readonly PoolProcess[] = []): WirePool {
  return {
    id: pool.id,
    kind: pool.kind,
    namespace: pool.namespace,
    family: pool.family,
    localAddress: pool.localAddress,
    remoteAddress: pool.remoteAddress,
    remotePort: pool.remotePort,
    capacity: pool.capacity,
    ...(pool.capacityLow === undefined ? {} : { capacityLow: pool.capacityLow }),
    ...(pool.skippedPorts === undefined ? {} : { skippedPorts: pool.skippedPorts }),
    used: pool.used,
    available: pool.available,
    reusable: pool.reusable,
    live: pool.live,
    closeWait: pool.closeWait,
    synSent: pool.synSent ?? 0,
    timeWait: pool.timeWait,
    holdSeconds: pool.holdMs / SECOND_MS,
    reuse: pool.reuse,
    cause: pool.cause ?? null,
    demandAtLeast: pool.demandAtLeast ?? false,
    closeRate: round(pool.closeRate, 3),
    closeRateLow: round(pool.closeRateLow, 3),
    closeRateHigh: round(pool.closeRateHigh, 3),
    liveGrowth: round(pool.liveGrowth, 3),
    sustainableRate: round(pool.sustainableRate, 3),
    pressure: round(pool.pressure, 4),
    exhaustsAt: isoOrNull(pool.exhaustsAtMs),
    earliestAt: isoOrNull(pool.earliestAtMs),
    latestAt: isoOrNull(pool.latestAtMs),
    secondsToExhaustion:
      pool.exhaustsAtMs === null ? null : round(Math.max(0, (pool.exhaustsAtMs - pool.sampledAtMs) / SECOND_MS), 2),
    ...(pool.exhaustsQuantilesMs === undefined ? {} : { exhaustsQuantiles: pool.exhaustsQuantilesMs.map(isoOrNull) }),
    probability: round(pool.probability, 3),
    probabilityIfHeld: round(pool.probabilityIfHeld, 3),
    probabilityBasis: pool.probabilityBasis,
    burstsKnown: pool.burstsKnown,
    pressureFullAt: isoOrNull(pool.pressureFullAtMs),
    pressureFullEarliestAt: isoOrNull(pool.pressureFullEarliestAtMs),
    pressureFullLatestAt: isoOrNull(pool.pressureFullLatestAtMs),
    outlookDays: pool.outlookDays,
    outlookWhy: pool.outlookWhy,
    failedConnects: pool.failedConnects,
    failedBy: [...(pool.failedBy ?? [])],
    mode: pool.mode,
    why: pool.why,
    processes: processesToWire(processes),
    sampledAt: new Date(pool.sampledAtMs).toISOString(),
    ahead: pool.ahead.map((point) => ({
      at: new Date(point.atMs).toISOString(),
      used: Math.round(point.used),
      low: Math.round(point.low),
      high: Math.round(point.high),
    })),
  };
}
