/**
 * Follows what changes: the settings of the host that limit its ports, and the behaviour of the pools that matter. It
 * calculates with monotonic instants; what is recorded is wall time.
 */
import type { PoolForecast } from '../forecast/types.js';
import type { SettingValues } from '../host/limit-settings.js';
import type { FailedConnect } from '../pool/failed-connect.js';
import { HOUR_MS, MINUTE_MS } from '../units.js';
import {
  createId,
  NOTHING_STORED,
  type Change,
  type ChangeKind,
  type ChangeOutcome,
  type SettingChange,
  type StoredChanges,
  type StoredSetting,
} from './change.js';
import { createBehaviourWatch } from './behaviour.js';
import { FollowedPools, type ReadMinutes } from './followed-pools.js';
import { changeAgain, describeOpenChange, openChange, reopenChange, SPAN_MS, type OpenChange } from './open-change.js';
import { createSettingMemory, type SettingMemory } from './setting-changes.js';

/** Settings that are changed within this time of another change are one record with it. */
const MERGE_MS = MINUTE_MS;
/** At most so many records of changed settings begin within an hour; further changes are added to the newest one. */
const MAX_PER_HOUR = 12;
/** So many changes are known to the pages of their pools; the store has all. */
export const MAX_KNOWN = 200;
/** A change whose time after goes on is stored so often. */
const SAVE_EVERY_MS = MINUTE_MS;
/** Stored minutes are read for so many pools in one sample, and in the first sample after a start. */
const SEEDS_PER_SAMPLE = 2;
const FIRST_SEEDS = 20;

interface ChangeSample {
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly pools: readonly PoolForecast[];
  /** The calls that failed since the sample before; null where they are not counted. */
  readonly failures: readonly FailedConnect[] | null;
  readonly settings: SettingValues;
  /** How long a closed connection keeps its port at most. */
  readonly holdMs: number;
  /** A longer pause than this is a gap: what happened in it is unknown. */
  readonly maxSampleAgeMs: number;
}

export interface ChangeTracker {
  /** @returns what is to be stored. Never throws. */
  observe(sample: ChangeSample): ChangeOutcome;
  /** The newest changes, oldest first. One whose time after goes on has the figures of now. */
  listKnown(): readonly Change[];
  listSettings(): readonly StoredSetting[];
  /** How many changes of each kind began since the start. */
  counts(): Readonly<Record<ChangeKind, number>>;
}

interface Tracker {
  readonly settings: SettingMemory;
  readonly followed: FollowedPools;
  readonly behaviour: ReturnType<typeof createBehaviourWatch>;
  readonly readMinutes: ReadMinutes;
  /** Of the newest sample from before the start. */
  readonly storedAtMs: number | null;
  /** Those that are over, oldest first. */
  ended: Change[];
  open: OpenChange | null;
  /** The begin of the newest records of settings: monotonic ms. */
  begun: number[];
  /** The sample before; null for the first one. */
  before: { readonly atMs: number; readonly monotonicMs: number } | null;
  /** The latest minute that was looked at. */
  minute: number;
  /** The latest change of settings, in monotonic ms. */
  limitsChangedMs: number;
  readonly counts: Record<ChangeKind, number>;
}

/**
 * @param stored what the store knows from before the start.
 * @param readMinutes reads stored minutes, so that a pool is known at once after a restart.
 */
export function createChangeTracker(
  stored: StoredChanges = NOTHING_STORED,
  readMinutes: ReadMinutes = () => [],
): ChangeTracker {
  const followed = new FollowedPools();
  const tracker: Tracker = {
    settings: createSettingMemory(stored.settings),
    followed,
    behaviour: createBehaviourWatch(followed, readMinutes),
    readMinutes,
    storedAtMs: stored.lastAtMs,
    ended: stored.changes.filter(({ isOver }) => isOver).slice(-MAX_KNOWN),
    open: null,
    begun: [],
    before: null,
    minute: -1,
    limitsChangedMs: -Infinity,
    counts: { setting: 0, behaviour: 0 },
  };
  let toRestore = stored.changes.filter(({ isOver }) => !isOver);
  return {
    observe(sample) {
      const changes = restore(tracker, toRestore, sample);
      toRestore = [];
      followPools(tracker, sample);
      const { changed, toStore } = observeSettings(tracker, sample);
      changes.push(...changed);
      addSample(tracker, sample);
      changes.push(...advanceOpen(tracker, sample), ...watchBehaviour(tracker, sample));
      tracker.before = { atMs: sample.atMs, monotonicMs: sample.monotonicMs };
      return { changes, settings: toStore };
    },
    listKnown: () => [
      ...tracker.ended,
      ...toRestore,
      ...(tracker.open === null ? [] : [describeOpenChange(tracker.open, followed)]),
    ],
    listSettings: () => tracker.settings.list(),
    counts: () => tracker.counts,
  };
}

/** Once a minute the pools that matter are chosen anew. The stored minutes of new ones are read a few at a time. */
function followPools(tracker: Tracker, { atMs, monotonicMs, pools }: ChangeSample): void {
  const { followed, readMinutes, open } = tracker;
  const minute = Math.floor(monotonicMs / MINUTE_MS);
  if (tracker.before === null || minute !== tracker.minute) {
    followed.choose(pools, new Set(open?.change.pools.map(({ poolId }) => poolId)));
  }
  const most = tracker.before === null ? FIRST_SEEDS : SEEDS_PER_SAMPLE;
  // At the start what counts is the time before the stop, however long ago that was.
  const toMs = tracker.before === null ? Math.min(atMs, tracker.storedAtMs ?? atMs) : atMs;
  followed.seed(readMinutes, { most, toMs, offsetMs: atMs - monotonicMs });
}

function observeSettings(
  tracker: Tracker,
  sample: ChangeSample,
): { changed: Change[]; toStore: readonly StoredSetting[] } {
  const { atMs, monotonicMs } = sample;
  const notBeforeMs = findPause(tracker, sample);
  const { changed: settings, toStore } = tracker.settings.observe({ atMs, notBeforeMs, values: sample.settings });
  if (settings.length === 0) return { changed: [], toStore };
  tracker.followed.cut();
  tracker.limitsChangedMs = monotonicMs;
  return { changed: recordSettings(tracker, settings, { ...sample, notBeforeMs }), toStore };
}

/** The sample before, where portcast did not sample for long since; else null. */
function findPause(
  { before, storedAtMs }: Tracker,
  { atMs, monotonicMs, maxSampleAgeMs }: ChangeSample,
): number | null {
  const earlierMs = before === null ? storedAtMs : before.atMs;
  const pauseMs = before === null ? Infinity : monotonicMs - before.monotonicMs;
  // A clock that was set back must not put the begin after the end.
  return earlierMs === null || pauseMs <= maxSampleAgeMs ? null : Math.min(earlierMs, atMs);
}

function recordSettings(
  tracker: Tracker,
  settings: readonly SettingChange[],
  sample: ChangeSample & { readonly notBeforeMs: number | null },
): Change[] {
  const { monotonicMs, atMs, holdMs, notBeforeMs } = sample;
  const { open, followed } = tracker;
  tracker.begun = tracker.begun.filter((ms) => monotonicMs - ms < HOUR_MS);
  const isSoon = open !== null && monotonicMs - open.seenMs < MERGE_MS;
  if (open !== null && (isSoon || tracker.begun.length >= MAX_PER_HOUR)) {
    changeAgain(open, settings, monotonicMs);
    return [describeOpenChange(open, followed)];
  }
  const ended = open === null ? [] : [endOpen(tracker, open)];
  // Not before the change before had settled: the ports that were in use then say nothing of the time since.
  const beforeFromMs = open === null ? -Infinity : (open.afterFromMs ?? open.seenMs);
  const id = createId(atMs, listIds(tracker));
  tracker.open = openChange({ id, atMs, monotonicMs, notBeforeMs, settings, settleMs: holdMs, beforeFromMs }, followed);
  tracker.begun.push(monotonicMs);
  tracker.counts.setting += 1;
  return [...ended, tracker.open.change];
}

function addSample(tracker: Tracker, sample: ChangeSample): void {
  const { before, open, followed } = tracker;
  const { monotonicMs, maxSampleAgeMs } = sample;
  if (open?.afterFromMs === null && monotonicMs - open.seenMs >= open.change.settleMs) {
    open.afterFromMs = monotonicMs;
    followed.cut();
  }
  const sinceMs = before === null ? Infinity : monotonicMs - before.monotonicMs;
  // After a pause a sample stands for nothing but its own instant.
  followed.add({ ...sample, forMs: sinceMs > maxSampleAgeMs ? 1 : Math.max(1, sinceMs) });
}

function advanceOpen(tracker: Tracker, { monotonicMs }: ChangeSample): Change[] {
  const { open, followed } = tracker;
  if (open === null) return [];
  if (monotonicMs - open.seenMs >= open.change.settleMs + SPAN_MS) return [endOpen(tracker, open)];
  if (monotonicMs - open.savedMs < SAVE_EVERY_MS) return [];
  open.savedMs = monotonicMs;
  return [describeOpenChange(open, followed)];
}

function endOpen(tracker: Tracker, open: OpenChange): Change {
  tracker.open = null;
  return remember(tracker, describeOpenChange(open, tracker.followed, true));
}

/** Looks for lasting shifts once a minute. One that comes with a change of the limits is part of that change. */
function watchBehaviour(tracker: Tracker, sample: ChangeSample): Change[] {
  const { monotonicMs } = sample;
  const minute = Math.floor(monotonicMs / MINUTE_MS);
  if (minute === tracker.minute) return [];
  tracker.minute = minute;
  const found = tracker.behaviour.look({ ...sample, limitsChangedMs: tracker.limitsChangedMs });
  return found.map((change) => {
    tracker.counts.behaviour += 1;
    return remember(tracker, { ...change, id: createId(sample.atMs, listIds(tracker)) });
  });
}

function listIds({ open, ended }: Tracker): ReadonlySet<string> {
  return new Set([...ended, ...(open === null ? [] : [open.change])].map(({ id }) => id));
}

function remember(tracker: Tracker, change: Change): Change {
  tracker.ended = [...tracker.ended, change].slice(-MAX_KNOWN);
  return change;
}

/**
 * Takes up the change whose time after went on when the daemon last stopped. One that began too long ago, or in the future
 * of a clock that has been set back, is over. @returns those.
 */
function restore(tracker: Tracker, stored: readonly Change[], sample: ChangeSample): Change[] {
  const over: Change[] = [];
  stored.forEach((change, index) => {
    const ageMs = sample.atMs - change.atMs;
    const isNewest = index === stored.length - 1;
    if (isNewest && ageMs >= 0 && ageMs < change.settleMs + SPAN_MS) {
      tracker.open = reopenChange(change, sample);
      tracker.limitsChangedMs = tracker.open.seenMs;
    } else over.push(remember(tracker, { ...change, isOver: true }));
  });
  return over;
}
