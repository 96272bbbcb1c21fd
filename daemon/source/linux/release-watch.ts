/**
 * Learns step and phase of the timer wheel (kernel rule 12). The releases show as falls of `tw` in sockstat, which is
 * polled every 16 ms, but only in windows of 15 s, because polling all the time would cost too much.
 */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Granularity } from '../../host/release-granularity.js';
import { adaptGranularity, learnGranularity, type ReleaseFall } from '../../host/release-granularity.js';
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../units.js';
import { parseSockstat } from './counters.js';
import { PROC_FILES } from './proc-paths.js';

export interface ReleaseWatch {
  granularity(): Granularity;
  /**
   * To be called on every beat, with `tw` and the length of TIME_WAIT: begins a window of polling when one is due and
   * there are ports to release. When the length changes, the step changes with it.
   */
  beat(timeWait: number | null, timeWaitMs: number): void;
  /** The tick rate that the timers of the table show, for a host that does not tell it; null is ignored. */
  noteTickRate(hz: number | null): void;
  /** To be called when something held up the thread: the next poll is late, so it only sets a new start for the one after. */
  skipPoll(): void;
  stop(): void;
}

interface ReleaseWatchOptions {
  readonly hz: number | null;
  /** What an earlier watch had learned; null for the first. */
  readonly learnedBefore: Granularity | null;
  readonly readMonotonicMs: () => number;
  /** `tw` of sockstat now, or null when it cannot be read. */
  readonly readTimeWait: () => number | null;
}

const POLL_MS = 16;
/** Two polls further apart than this do not date the fall between them well enough. */
const MAX_POLL_GAP_MS = 40;
const WINDOW_MS = 15 * SECOND_MS;
/** Between the beginnings of two windows until step and phase are learned: a quarter of the time is spent polling. */
const LEARN_EVERY_MS = MINUTE_MS;
/** The same once they are learned, to verify them. */
const VERIFY_EVERY_MS = HOUR_MS;
/** The same while a window would hardly show a release. Such a host is far from running out of ports. */
const LEARN_RARELY_EVERY_MS = 10 * MINUTE_MS;
/** A window is worth its cost where it shows at least this many releases. */
const MIN_RELEASES = 4;
/** Falls kept: those of a few windows, so that a step of 5 s can be learned over two windows. */
const MAX_FALLS = 400;
/** /proc/net/sockstat is shorter. */
const SOCKSTAT_BYTES = 1024;

export function createReleaseWatch(options: ReleaseWatchOptions): ReleaseWatch {
  const { readMonotonicMs, readTimeWait } = options;
  let { hz } = options;
  let timeWaitMs = TIME_WAIT_MS;
  let granularity = options.learnedBefore ?? learnGranularity([], hz);
  let falls: ReleaseFall[] = [];
  let timer: NodeJS.Timeout | null = null;
  let windowStartMs = -Infinity;
  let previous: TimeWaitAt | null = null;

  const closeWindow = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    previous = null;
  };
  const poll = (): void => {
    const timeWait = readTimeWait();
    const atMs = readMonotonicMs();
    const fall = previous === null || timeWait === null ? null : findFall(previous, { atMs, timeWait });
    previous = timeWait === null ? null : { atMs, timeWait };
    if (fall !== null) {
      falls = [...falls.slice(1 - MAX_FALLS), fall];
      const fit = learnGranularity(falls, hz, timeWaitMs);
      if (fit.learned) granularity = fit;
      if (fit.learned) closeWindow();
    }
    if (timeWait === null || timeWait === 0 || atMs - windowStartMs >= WINDOW_MS) closeWindow();
  };
  return {
    granularity: () => granularity,
    beat(timeWait, lengthMs) {
      if (lengthMs !== timeWaitMs) {
        timeWaitMs = lengthMs;
        granularity = adaptGranularity(granularity, timeWaitMs);
        falls = [];
      }
      if (timer !== null || timeWait === null || timeWait === 0) return;
      const nowMs = readMonotonicMs();
      const releases = (timeWait * WINDOW_MS) / timeWaitMs;
      if (nowMs - windowStartMs < findPauseMs(granularity.learned, releases)) return;
      // The tick drifts against CLOCK_MONOTONIC, so only the falls of this window count for the verification.
      if (granularity.learned) falls = [];
      windowStartMs = nowMs;
      timer = setInterval(poll, POLL_MS);
    },
    noteTickRate(shown) {
      if (shown === null || shown === hz) return;
      hz = shown;
      // What the falls have shown is the better evidence.
      if (!granularity.learned) granularity = learnGranularity(falls, hz, timeWaitMs);
    },
    skipPoll() {
      previous = null;
    },
    stop: closeWindow,
  };
}

/**
 * The time between the beginnings of two windows.
 * @param releases how many a window would show.
 */
function findPauseMs(isLearned: boolean, releases: number): number {
  if (isLearned) return VERIFY_EVERY_MS;
  return releases < MIN_RELEASES ? LEARN_RARELY_EVERY_MS : LEARN_EVERY_MS;
}

interface TimeWaitAt {
  readonly atMs: number;
  readonly timeWait: number;
}

/** The fall between two polls, dated midway between them; null when there was none or the polls are too far apart. */
export function findFall(before: TimeWaitAt, after: TimeWaitAt): ReleaseFall | null {
  const size = before.timeWait - after.timeWait;
  if (size <= 0 || after.atMs - before.atMs > MAX_POLL_GAP_MS) return null;
  return { monotonicMs: (before.atMs + after.atMs) / 2, size };
}

/** Reads `tw` from a descriptor that stays open, so a poll is one system call. It stays in its network namespace. */
export function openTimeWaitReader(procRoot: string): { read(): number | null; close(): void } {
  const bytes = Buffer.alloc(SOCKSTAT_BYTES);
  let fd: number | null = null;
  const close = (): void => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  return {
    read() {
      try {
        fd ??= openSync(join(procRoot, PROC_FILES.sockstat), 'r');
        const length = readSync(fd, bytes, 0, bytes.length, 0);
        return parseSockstat(bytes.toString('latin1', 0, length)).get('tw') ?? null;
      } catch {
        close();
        return null;
      }
    },
    close,
  };
}
