/**
 * The schedule of the beats. node-cron starts them. It follows the wall clock, so it stalls when that clock is stepped back.
 * Therefore the time since the last beat is checked on the monotonic clock, and the cron task is replaced after three missed
 * beats.
 */
import { createTask as createCronTask, schedule, type ScheduledTask } from 'node-cron';
import type { Clock, HealthSink } from '../contracts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { formatDuration, SECOND_MS } from '../units.js';
import { createPassingReport } from './passing-report.js';

const MISSED_BEATS_BEFORE_RESTART = 3;
const CHECK_INTERVAL_MS = SECOND_MS;
/** A wall clock that moved at least this much against the monotonic clock between two checks was stepped. */
const CLOCK_STEP_MS = 2 * SECOND_MS;
/** How many of the next runs are compared to find the longest gap. */
const RUNS_COMPARED = 32;

interface ScheduleOptions {
  /** A cron expression of six fields, which has been validated. */
  readonly expression: string;
  readonly beat: () => Promise<void>;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
}

export interface ScheduleStats {
  /** The longest time between two beats by the expression. */
  readonly beatMs: number;
  readonly beats: number;
  /** Beats that did not begin, because the one before was running or node-cron stalled. */
  readonly missedBeats: number;
  /** How often the cron task was replaced. */
  readonly restarts: number;
}

export interface Schedule {
  /** Settles when the first beat has ended. */
  readonly first: Promise<void>;
  stats(): ScheduleStats;
  /** No beat starts after this; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Starts the beats, the first one at once. */
export function startSchedule(options: ScheduleOptions): Schedule {
  const { expression, clock, health, log } = options;
  const startedAtMs = clock.monotonicMs();
  const stats = { beatMs: findBeatMs(expression), beats: 0, missedBeats: 0, restarts: 0 };
  let running: Promise<void> | null = null;
  let lastBeatMs = startedAtMs;
  let stopped = false;

  const beat = (): Promise<void> => {
    if (stopped) return Promise.resolve();
    if (running !== null) {
      stats.missedBeats += 1;
      return running;
    }
    lastBeatMs = clock.monotonicMs();
    stats.beats += 1;
    running = options
      .beat()
      .catch((error: unknown) => log.error({ err: error }, `a beat failed: ${messageOf(error)}`))
      .finally(() => {
        running = null;
        // Counted from the end of the beat: a beat that takes long does not mean that node-cron stalls.
        lastBeatMs = clock.monotonicMs();
      });
    return running;
  };

  let task = createTask(expression, beat, log);
  const checkClock = createClockCheck(clock, health);
  const stall = createPassingReport('schedule', clock, health);
  const watch = setInterval(() => {
    checkClock();
    stall.expire();
    if (!isStalled({ nowMs: clock.monotonicMs(), lastBeatMs, beatMs: stats.beatMs, running: running !== null })) return;
    const sinceBeatMs = clock.monotonicMs() - lastBeatMs;
    stats.missedBeats += Math.floor(sinceBeatMs / stats.beatMs);
    stats.restarts += 1;
    stall.report(`no beat came for ${formatDuration(sinceBeatMs)}, so the schedule was restarted`);
    void task.destroy();
    task = createTask(expression, beat, log);
    void beat();
  }, CHECK_INTERVAL_MS);

  return {
    first: beat(),
    stats: () => ({ ...stats }),
    async stop() {
      stopped = true;
      clearInterval(watch);
      await task.destroy();
      await running;
    },
  };
}

/** Whether the cron task has to be replaced. Never while a beat runs: then that beat takes long, and node-cron works. */
export function isStalled(state: { nowMs: number; lastBeatMs: number; beatMs: number; running: boolean }): boolean {
  return !state.running && state.nowMs - state.lastBeatMs > MISSED_BEATS_BEFORE_RESTART * state.beatMs;
}

function createTask(expression: string, beat: () => Promise<void>, log: Log): ScheduledTask {
  return schedule(expression, beat, {
    noOverlap: true,
    suppressMissedWarning: true,
    logger: {
      info: (message) => log.debug(message),
      debug: (message) => log.debug(messageOf(message)),
      warn: (message) => log.debug(message),
      error: (message) => log.error(messageOf(message)),
    },
  });
}

/**
 * The time in ms between two beats of a cron expression. The gaps of an expression may differ, as every 7 s has a shorter
 * gap at the full minute: the longest of the next gaps counts.
 */
export function findBeatMs(expression: string): number {
  // A task that is never started.
  const task = createCronTask(expression, () => undefined);
  const runs = task.getNextRuns(RUNS_COMPARED).map((date) => date.getTime());
  let longest = 0;
  runs.forEach((at, index) => {
    const previous = runs[index - 1];
    if (previous !== undefined) longest = Math.max(longest, at - previous);
  });
  void task.destroy();
  return longest;
}

/** Reports steps of the wall clock, which show as a change of its offset from the monotonic clock between two checks. */
function createClockCheck(clock: Clock, health: HealthSink): () => void {
  const step = createPassingReport('clock', clock, health);
  let offsetMs = clock.wallMs() - clock.monotonicMs();
  return () => {
    const beforeMs = offsetMs;
    offsetMs = clock.wallMs() - clock.monotonicMs();
    if (Math.abs(offsetMs - beforeMs) < CLOCK_STEP_MS) {
      step.expire();
      return;
    }
    step.report(
      `the wall clock was stepped by ${formatDuration(offsetMs - beforeMs)}; the history has a gap or an overlap there`,
    );
  };
}
