/**
 * Follows the outages of all pools, sample by sample. An outage begins at the first instant without a free port. It ends
 * when ports have stayed free and no call failed for longer than a few release steps: ports come free in batches, and
 * clients that wait take each batch at once, so a shorter gap belongs to the outage. It calculates with monotonic
 * instants; what is recorded is wall time.
 */
import type { PoolForecast } from '../forecast/types.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import type { Evidence } from '../score/evidence.js';
import { isShown } from '../score/settle.js';
import type { FiringWarning } from '../score/types.js';
import type { Outage } from './outage.js';
import {
  createOpenOutage,
  describeOutage,
  extendOutage,
  reopenOutage,
  type Before,
  type OpenOutage,
} from './open-outage.js';
import { findOutageSign, measureDemand, type OutageSign } from './sign.js';
import { createWarnedMemory } from './warned.js';

/** An outage is over when this many release steps have passed without a sign of it, ... */
const QUIET_STEPS = 4;
/** ... and this many samples, which are further apart than that on a host that is sampled rarely. */
const QUIET_SAMPLES = 2;
const MAX_OPEN = 2000;
/** So many outages that are over are known to the alerts of their pools; the store has all. */
export const MAX_KNOWN = 200;

export interface OutageSample {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly pools: readonly PoolForecast[];
  /** By pool id. */
  readonly evidence: ReadonlyMap<string, Evidence>;
  /** The calls that failed since the sample before; null where they are not counted. */
  readonly failures: readonly FailedConnect[] | null;
  /** The alerts that were firing before this sample was taken. */
  readonly alarmed: readonly FiringWarning[];
  readonly releaseStepMs: number;
  /** A longer pause than this is a gap: what happened in it is unknown, so an outage ends at the last sample before. */
  readonly maxSampleAgeMs: number;
}

export interface OutageTracker {
  /** @returns the outages that this sample began, changed or ended. */
  observe(sample: OutageSample): Outage[];
  /** The outages that go on, and the newest of those that are over. */
  listKnown(): readonly Outage[];
}

interface Tracker {
  readonly open: Map<string, OpenOutage>;
  ended: Outage[];
  before: Map<string, Before>;
  /** The instant of the sample before; null for the first one and after a gap. */
  previousMs: number | null;
  readonly warned: ReturnType<typeof createWarnedMemory>;
}

/** @param stored the outages that the store knows, of which some may go on. */
export function createOutageTracker(stored: readonly Outage[] = []): OutageTracker {
  const tracker: Tracker = {
    open: new Map(),
    ended: stored.filter(({ isOver }) => isOver).slice(-MAX_KNOWN),
    before: new Map(),
    previousMs: null,
    warned: createWarnedMemory(),
  };
  let toRestore = stored.filter(({ isOver }) => !isOver);
  return {
    observe(sample) {
      const changed = restore(tracker, toRestore, sample);
      toRestore = [];
      const { monotonicMs } = sample;
      if (tracker.previousMs !== null && monotonicMs - tracker.previousMs > sample.maxSampleAgeMs) {
        changed.push(...[...tracker.open.values()].map((outage) => end(tracker, outage)));
        tracker.warned.clear();
        tracker.before.clear();
        tracker.previousMs = null;
      }
      const sinceMs = tracker.previousMs ?? -Infinity;
      for (const alarm of sample.alarmed) tracker.warned.noteAlarm(alarm, { ...sample, sinceMs });
      changed.push(...observePools(tracker, sample));
      for (const pool of sample.pools) if (isShown(pool)) tracker.warned.noteShown(pool.id, monotonicMs);
      tracker.warned.forgetOld(monotonicMs);
      tracker.before = new Map(sample.pools.map((pool) => [pool.id, { live: pool.live, demand: measureDemand(pool) }]));
      tracker.previousMs = monotonicMs;
      return changed;
    },
    listKnown: () => [
      ...tracker.ended,
      ...toRestore,
      ...[...tracker.open.values()].map((each) => describeOutage(each, false)),
    ],
  };
}

function observePools(tracker: Tracker, sample: OutageSample): Outage[] {
  const { atMs, monotonicMs, failures } = sample;
  const sinceMs = tracker.previousMs ?? -Infinity;
  const at = { atMs, monotonicMs, sinceMs, failures };
  const changed: Outage[] = [];
  const quiet = new Map(tracker.open);
  for (const pool of sample.pools) {
    const evidence = sample.evidence.get(pool.id);
    const sign = findOutageSign(pool, at, evidence);
    if (sign === null) continue;
    quiet.delete(pool.id);
    const outage = tracker.open.get(pool.id) ?? begin(tracker, pool, { sign, sample });
    if (outage === null) continue;
    extendOutage(outage, pool, { sign, before: tracker.before.get(pool.id), evidence, sinceMs });
    changed.push(describeOutage(outage, false));
  }
  // A pool that is not in the table holds no port.
  for (const outage of quiet.values()) {
    outage.quietSamples += 1;
    const isLong = monotonicMs - outage.lastMs > QUIET_STEPS * sample.releaseStepMs;
    if (isLong && outage.quietSamples >= QUIET_SAMPLES) changed.push(end(tracker, outage));
  }
  return changed;
}

/** Null when as many outages as allowed go on already. */
function begin(
  tracker: Tracker,
  pool: PoolForecast,
  { sign, sample }: { sign: OutageSign; sample: OutageSample },
): OpenOutage | null {
  if (tracker.open.size >= MAX_OPEN) return null;
  const { fromMs } = sign;
  const offsetMs = sample.atMs - sample.monotonicMs;
  const earlier = tracker.ended.findLast(({ poolId }) => poolId === pool.id);
  const earlierEndMs = earlier === undefined ? -Infinity : earlier.lastMs - offsetMs;
  const outage = createOpenOutage(pool, {
    fromMs,
    offsetMs,
    // Not from this sample: a rate that was measured within a short burst says nothing of the time after it.
    demand: tracker.before.get(pool.id)?.demand ?? 0,
    warnedMs: tracker.warned.measure(pool.id, fromMs, earlierEndMs),
  });
  tracker.open.set(pool.id, outage);
  return outage;
}

function end(tracker: Tracker, outage: OpenOutage): Outage {
  tracker.open.delete(outage.poolId);
  return remember(tracker, describeOutage(outage, true));
}

function remember(tracker: Tracker, outage: Outage): Outage {
  tracker.ended = [...tracker.ended, outage].slice(-MAX_KNOWN);
  return outage;
}

/**
 * Takes up the outages that went on when the daemon last stopped. One that was last seen too long ago, or by a clock that
 * has been set back since, is over: it ended at the last sample that showed it. @returns those.
 */
function restore(tracker: Tracker, stored: readonly Outage[], sample: OutageSample): Outage[] {
  const offsetMs = sample.atMs - sample.monotonicMs;
  const ended: Outage[] = [];
  for (const outage of stored) {
    const ageMs = sample.atMs - outage.lastMs;
    if (ageMs < 0 || ageMs > sample.maxSampleAgeMs || tracker.open.size >= MAX_OPEN) {
      ended.push(remember(tracker, { ...outage, isOver: true }));
    } else tracker.open.set(outage.poolId, reopenOutage(outage, offsetMs));
  }
  return ended;
}
