/** Learns step and phase of the timer wheel by watching sockstat `tw` fall, finely but only for a short while. */
import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { learnGranularity, type Granularity, type ReleaseFall } from '../../host/release-granularity.js';
import { parseSockstat } from './counters.js';

export interface ReleaseWatch {
  granularity(): Granularity;
  /** Told on every beat; starts a window of polling when one is due and there is something to see. */
  beat(timeWait: number | null): void;
  /** The table is being read: the next poll has nothing to compare with, its instant would be wrong. */
  disturbed(): void;
  stop(): void;
}

export interface ReleaseWatchOptions {
  readonly hz: number | null;
  /** What an earlier watch had learned. */
  readonly known: Granularity | null;
  readonly monotonicMs: () => number;
  /** `tw` of sockstat now, or null when it cannot be read. */
  readonly readTimeWait: () => number | null;
}

const POLL_MS = 16;
/** A poll later than this cannot tell when the fall was. */
const LATE_POLL_MS = 40;
const WINDOW_MS = 15_000;
/** Between windows: until learned, and then to verify. One window a minute is a quarter of the time. */
const LEARN_EVERY_MS = 60_000;
const VERIFY_EVERY_MS = 3_600_000;
/** Falls kept: a few windows' worth, so that a step of 5 s is learned over two windows. */
const MAX_FALLS = 400;

export function createReleaseWatch(options: ReleaseWatchOptions): ReleaseWatch {
  const { hz, monotonicMs, readTimeWait } = options;
  let granularity = options.known ?? learnGranularity([], hz);
  let falls: ReleaseFall[] = [];
  let timer: NodeJS.Timeout | null = null;
  let windowStartMs = -Infinity;
  let previous: { atMs: number; timeWait: number } | null = null;

  const closeWindow = (): void => {
    if (timer !== null) clearInterval(timer);
    timer = null;
    previous = null;
  };
  const poll = (): void => {
    const timeWait = readTimeWait();
    const atMs = monotonicMs();
    const fall = previous === null || timeWait === null ? null : fallBetween(previous, { atMs, timeWait });
    previous = timeWait === null ? null : { atMs, timeWait };
    if (fall !== null) {
      falls = [...falls.slice(1 - MAX_FALLS), fall];
      const fit = learnGranularity(falls, hz);
      if (fit.learned) granularity = fit;
      if (fit.learned) closeWindow();
    }
    if (timeWait === null || timeWait === 0 || atMs - windowStartMs >= WINDOW_MS) closeWindow();
  };
  return {
    granularity: () => granularity,
    beat(timeWait) {
      if (timer !== null || timeWait === null || timeWait === 0) return;
      const nowMs = monotonicMs();
      if (nowMs - windowStartMs < (granularity.learned ? VERIFY_EVERY_MS : LEARN_EVERY_MS)) return;
      // The tick drifts against CLOCK_MONOTONIC: to verify, only what is seen now counts.
      if (granularity.learned) falls = [];
      windowStartMs = nowMs;
      timer = setInterval(poll, POLL_MS);
    },
    disturbed() {
      previous = null;
    },
    stop: closeWindow,
  };
}

interface TimeWaitAt {
  readonly atMs: number;
  readonly timeWait: number;
}

/** The fall between two polls, placed midway; null when there was none or the polls lie too far apart. */
export function fallBetween(before: TimeWaitAt, after: TimeWaitAt): ReleaseFall | null {
  const size = before.timeWait - after.timeWait;
  if (size <= 0 || after.atMs - before.atMs > LATE_POLL_MS) return null;
  return { monotonicMs: (before.atMs + after.atMs) / 2, size };
}

/** Reads `tw` from a kept descriptor, so that a poll costs one system call; it stays in its network namespace. */
export function openTimeWaitReader(procRoot: string): { read(): number | null; close(): void } {
  const bytes = Buffer.alloc(1024);
  let fd: number | null = null;
  const close = (): void => {
    if (fd !== null) closeSync(fd);
    fd = null;
  };
  return {
    read() {
      try {
        fd ??= openSync(join(procRoot, 'thread-self/net/sockstat'), 'r');
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
