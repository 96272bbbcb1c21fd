/**
 * The schedule of the beats. node-cron computes from the wall clock when the next beat is due, and a timer on the
 * monotonic clock waits for it. The timer of node-cron itself would stall when the wall clock is stepped back, and when it
 * is stepped forward would walk through every run that was skipped, which takes minutes for a year.
 */
import { createTask as createCronTask, type ScheduledTask } from 'node-cron';
import type { Clock, HealthSink } from '../contracts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { formatDuration, MINUTE_MS, SECOND_MS } from '../units.js';
import { createPassingReport } from './passing-report.js';

/** A beat that is so many beats late is reported. */
const REPORTED_BEATS_LATE = 3;
const CHECK_INTERVAL_MS = SECOND_MS;
/** A wall clock that moved at least this much against the monotonic clock between two checks was stepped. */
const CLOCK_STEP_MS = 2 * SECOND_MS;
/** How many of the next runs are compared to find the longest gap. */
const RUNS_COMPARED = 32;
/** A longer wait is cut into pieces of this length. */
const MAX_WAIT_MS = MINUTE_MS;
/** Timers of Node may fire this much early. */
const TIMER_EARLY_MS = 2;

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
  /** Beats that did not begin in time, because the one before was running or the process was held up. */
  readonly missedBeats: number;
  /** How often the next beat was planned anew, because the wall clock was stepped. */
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
  const stats = { beatMs: findBeatMs(expression), beats: 0, missedBeats: 0, restarts: 0 };
  let running: Promise<void> | null = null;
  let stopped = false;

  const beat = (): Promise<void> => {
    if (stopped) return Promise.resolve();
    if (running !== null) {
      stats.missedBeats += 1;
      return running;
    }
    stats.beats += 1;
    running = options
      .beat()
      .catch((error: unknown) => log.error({ err: error }, `a beat failed: ${messageOf(error)}`))
      .finally(() => {
        running = null;
      });
    return running;
  };
  const delay = createPassingReport('schedule', clock, health);
  const timer = startCronTimer(expression, clock, (lateMs) => {
    stats.missedBeats += Math.floor(lateMs / stats.beatMs);
    if (lateMs > REPORTED_BEATS_LATE * stats.beatMs) {
      delay.report(`a beat came ${formatDuration(lateMs)} late: the process was stopped, or it had no CPU time`);
    }
    void beat();
  });
  const checkClock = createClockCheck(clock, health);
  const watch = setInterval(() => {
    delay.expire();
    if (!checkClock()) return;
    stats.restarts += 1;
    timer.planAnew();
  }, CHECK_INTERVAL_MS);

  return {
    first: beat(),
    stats: () => ({ ...stats }),
    async stop() {
      stopped = true;
      clearInterval(watch);
      timer.stop();
      await running;
    },
  };
}

interface CronTimer {
  /** To be called when the wall clock was stepped. */
  planAnew(): void;
  stop(): void;
}

/** Calls `onDue` at the times of a cron expression, with the ms by which the call is late on the monotonic clock. */
function startCronTimer(expression: string, clock: Clock, onDue: (lateMs: number) => void): CronTimer {
  const task = createIdleTask(expression);
  let timeout: NodeJS.Timeout | undefined;
  /** The beat that is waited for, on both clocks. */
  let due = { wallMs: NaN, monotonicMs: NaN };

  const plan = (): void => {
    const nowMs = clock.wallMs();
    let [next] = task.getNextRuns(1);
    // A timer that fires early finds the same run again.
    if (next?.getTime() === due.wallMs) next = task.getNextRuns(2)[1];
    const wallMs = next?.getTime() ?? NaN;
    due = { wallMs, monotonicMs: clock.monotonicMs() + wallMs - nowMs };
    wait();
  };
  const wait = (): void => {
    clearTimeout(timeout);
    const waitMs = due.monotonicMs - clock.monotonicMs();
    timeout = setTimeout(onTimeout, Number.isNaN(waitMs) ? MAX_WAIT_MS : Math.min(waitMs, MAX_WAIT_MS));
  };
  const onTimeout = (): void => {
    const lateMs = clock.monotonicMs() - due.monotonicMs;
    if (lateMs < -TIMER_EARLY_MS) {
      wait();
      return;
    }
    plan();
    // Without a next run there was nothing to wait for.
    if (!Number.isNaN(lateMs)) onDue(Math.max(0, lateMs));
  };
  plan();
  return {
    planAnew() {
      due = { wallMs: NaN, monotonicMs: NaN };
      plan();
    },
    stop() {
      clearTimeout(timeout);
      void task.destroy();
    },
  };
}

/** A task that is never started: it only computes the times of its runs. */
function createIdleTask(expression: string): ScheduledTask {
  return createCronTask(expression, () => undefined);
}

/**
 * The time in ms between two beats of a cron expression. The gaps of an expression may differ, as every 7 s has a shorter
 * gap at the full minute: the longest of the next gaps counts.
 */
export function findBeatMs(expression: string): number {
  const task = createIdleTask(expression);
  const runs = task.getNextRuns(RUNS_COMPARED).map((date) => date.getTime());
  let longest = 0;
  runs.forEach((at, index) => {
    const previous = runs[index - 1];
    if (previous !== undefined) longest = Math.max(longest, at - previous);
  });
  void task.destroy();
  return longest;
}

/**
 * Reports steps of the wall clock, which show as a change of its offset from the monotonic clock between two checks.
 * @returns the check; it is true when the clock was stepped since the last one.
 */
function createClockCheck(clock: Clock, health: HealthSink): () => boolean {
  const step = createPassingReport('clock', clock, health);
  let offsetMs = clock.wallMs() - clock.monotonicMs();
  return () => {
    const beforeMs = offsetMs;
    offsetMs = clock.wallMs() - clock.monotonicMs();
    if (Math.abs(offsetMs - beforeMs) < CLOCK_STEP_MS) {
      step.expire();
      return false;
    }
    step.report(
      `the wall clock was stepped by ${formatDuration(offsetMs - beforeMs)}; the history has a gap or an overlap there`,
    );
    return true;
  };
}
