/**
 * The beat. node-cron drives it; because node-cron follows the wall clock and stalls when that is stepped back,
 * the beat is checked against the monotonic clock and the task is made anew when three beats are missed.
 */
import { schedule, type ScheduledTask } from 'node-cron';
import type { Clock, HealthSink } from '../contracts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { formatDuration } from '../units.js';
import { passingReport } from './passing-report.js';

const MISSED_BEATS_BEFORE_RESTART = 3;
const CHECK_INTERVAL_MS = 1000;
/** A wall clock that moves this much against the monotonic one between two checks was stepped. */
const CLOCK_STEP_MS = 2000;

export interface ScheduleOptions {
  /** Six-field cron expression, already validated. */
  readonly expression: string;
  readonly beat: () => Promise<void>;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
}

export interface ScheduleStats {
  readonly beatMs: number;
  readonly beats: number;
  readonly missedBeats: number;
  readonly restarts: number;
}

export interface Schedule {
  /** Settles when the first beat has ended. */
  readonly first: Promise<void>;
  stats(): ScheduleStats;
  /** No beat starts after this; resolves when the running one has ended. */
  stop(): Promise<void>;
}

/** Starts the beat, with a first one at once. */
export function startSchedule(options: ScheduleOptions): Schedule {
  const { expression, clock, health, log } = options;
  const startedAtMs = clock.monotonicMs();
  const stats = { beatMs: 0, beats: 0, missedBeats: 0, restarts: 0 };
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
        // A slow beat is no silence: the schedule is judged from the end of the last one.
        lastBeatMs = clock.monotonicMs();
      });
    return running;
  };

  let task = createTask(expression, beat, log);
  stats.beatMs = longestGapMs(task);
  const watchStep = clockStepWatch(clock, health);
  const stall = passingReport('schedule', clock, health);
  const watch = setInterval(() => {
    watchStep();
    stall.expire();
    if (!isStalled({ nowMs: clock.monotonicMs(), lastBeatMs, beatMs: stats.beatMs, running: running !== null })) return;
    const silentMs = clock.monotonicMs() - lastBeatMs;
    stats.missedBeats += Math.floor(silentMs / stats.beatMs);
    stats.restarts += 1;
    stall.report(`the schedule was silent for ${formatDuration(silentMs)} and was started anew`);
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

/** Whether the schedule has to be made anew. A beat that is still running is slow, which is not the schedule's fault. */
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

/** An expression need not be even (every 7 s has a short gap at the full minute): the longest of the next gaps counts. */
function longestGapMs(task: ScheduledTask): number {
  const runs = task.getNextRuns(32).map((date) => date.getTime());
  let longest = 0;
  runs.forEach((at, index) => {
    const previous = runs[index - 1];
    if (previous !== undefined) longest = Math.max(longest, at - previous);
  });
  return longest;
}

function clockStepWatch(clock: Clock, health: HealthSink): () => void {
  const step = passingReport('clock', clock, health);
  let offsetMs = clock.wallMs() - clock.monotonicMs();
  return () => {
    const before = offsetMs;
    offsetMs = clock.wallMs() - clock.monotonicMs();
    if (Math.abs(offsetMs - before) < CLOCK_STEP_MS) {
      step.expire();
      return;
    }
    step.report(`the wall clock was stepped by ${formatDuration(offsetMs - before)}; the history has a seam there`);
  };
}
