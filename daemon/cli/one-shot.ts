/** A forecast of this host without the daemon, from one sample or from two. */
import type { SourceName } from '../contracts.js';
import { createForecaster } from '../forecast/forecaster.js';
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits } from '../host/limits.js';
import type { Log } from '../log.js';
import type { UnlistedPools } from '../pool/pool-choice.js';
import { countUnusedCapacity, explainNoUsablePort } from '../pool/capacity.js';
import { believeTimers } from '../snapshot/believe-timers.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { describeSnapshotProblem } from '../snapshot/snapshot-problem.js';
import { startSource, type Source } from '../source/worker/supervisor.js';
import { SECOND_MS } from '../units.js';
import { hostToWire, type WireHost } from '../wire/host.js';
import { poolToWire, unlistedToWire, type WirePools } from '../wire/pool.js';
import { pause } from './context.js';

const INTERVAL_MS = 2 * SECOND_MS;
/** A pool with at most so many live ports, or this share of its capacity, is far from running out by growth. */
const FEW_LIVE = 20;
const FEW_LIVE_RATIO = 0.02;

export interface ReadingOptions {
  readonly source: 'auto' | Exclude<SourceName, 'recording'>;
  readonly hostName: string;
  readonly log: Log;
  readonly signal: AbortSignal;
  /** Time between the two dumps; an argument for tests. */
  readonly intervalMs?: number;
}

export type StartSource = (options: Parameters<typeof startSource>[0]) => Promise<Source>;

/** What one or two samples of the host show. */
export interface HostSample {
  readonly host: WireHost;
  readonly limits: HostLimits;
  readonly pools: readonly PoolForecast[];
  readonly unlisted: UnlistedPools | null;
  readonly snapshot: Snapshot;
  /** How long a destination not in use yet would hold a port after a close. */
  readonly holdMs: number;
}

/**
 * Takes one sample of the host, and a second one where the first cannot tell what takes the ports of a pool.
 * @throws PortcastError from the source.
 */
export async function forecastOnce(options: ReadingOptions, start: StartSource = startSource): Promise<WirePools> {
  return await sampleHost(options, start, ({ host, pools, unlisted }) => ({
    host,
    pools: pools.map((pool) => poolToWire(pool)),
    unlisted: unlistedToWire(unlisted),
  }));
}

/**
 * The same for `use`, which may ask the source for more before it stops.
 * @throws PortcastError from the source.
 */
export async function sampleHost<T>(
  options: ReadingOptions,
  start: StartSource,
  use: (sample: HostSample, source: Source) => T | Promise<T>,
): Promise<T> {
  const { intervalMs = INTERVAL_MS, signal } = options;
  const source = await start({ source: options.source, namespace: 'host', log: options.log });
  try {
    const forecaster = createForecaster();
    const sample = async (): Promise<HostSample> => {
      const reading = await source.readHost();
      const { snapshot, source: choice } = await source.readTable();
      const { limits, counters, granularity, problems = [] } = believeTimers(reading, snapshot);
      const problem = describeSnapshotProblem(snapshot);
      const { pools, unlisted } = forecaster.update({ snapshot, limits, granularity, counters, intervalMs });
      // The kernel releases ports in steps: the limit of a new destination follows from the longest hold.
      const holdMs = limits.timeWaitMs + granularity.timeWaitMs;
      const host = hostToWire({
        name: options.hostName,
        sampledAtMs: snapshot.takenAtMs,
        source: choice,
        limits,
        granularity,
        counters,
        problems: problem === null ? problems : [...problems, problem],
        capacity: countUnusedCapacity(snapshot, limits),
        holdMs,
        noPortWhy: explainNoUsablePort(snapshot, limits),
        hasBoundInactive: snapshot.hasBoundInactive,
      });
      return { host, limits, pools, unlisted, snapshot, holdMs };
    };
    const first = await sample();
    if (!first.pools.some(needsSecondSample)) return await use(first, source);
    await pause(intervalMs, signal);
    return await use(signal.aborted ? first : await sample(), source);
  } finally {
    await source.stop();
  }
}

/**
 * One sample shows closes by the timers of its TIME_WAIT rows. It does not show whether live ports grow, nor any close
 * where rows have no timers or ports are taken again before their timer ends (`closeRate` is null).
 */
function needsSecondSample({ live, synSent = 0, capacity, closeRate }: PoolForecast): boolean {
  return closeRate === null || synSent > 0 || live > Math.min(FEW_LIVE, FEW_LIVE_RATIO * capacity);
}
