/** Measures the cost of the daemon itself: CPU time, memory, and the delays of its event loop. */
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../contracts.js';
import { MINUTE_MS, SECOND_MS } from '../units.js';

/** The window over which `cpuRatio` averages. */
const CPU_WINDOW_MS = MINUTE_MS;
const CPU_MARK_EVERY_MS = SECOND_MS;
const LOOP_RESOLUTION_MS = 1;
/**
 * How long the loop is watched after work has ended. The monitor's next timer, which the work has delayed, fires in this
 * time. A longer one costs a wakeup per millisecond and shows nothing more.
 */
const TAIL_MS = 4;

interface ProcessFigures {
  /** The share of one core over the last minute. */
  readonly cpuRatio: number;
  readonly residentBytes: number;
  /** The 99th percentile of the longest delay in each piece of watched work; of all delays when watched continuously. */
  readonly eventLoopDelayP99Ms: number;
}

export interface ProcessStats {
  /** Runs a piece of the daemon's periodic work while the event loop is watched. */
  watched<T>(work: () => Promise<T> | T): Promise<T>;
  figures(): ProcessFigures;
}

/**
 * The event loop is watched at a resolution of 1 ms. To do so all the time costs 3% of a core on a small machine, which is more
 * than everything else together, so the loop is watched only while the daemon works. `continuous` is for benchmarks.
 */
export function createProcessStats(clock: Clock, continuous: boolean): ProcessStats {
  const delay = monitorEventLoopDelay({ resolution: LOOP_RESOLUTION_MS });
  const worst = createHistogram();
  const marks: { atMs: number; cpuMs: number }[] = [{ atMs: clock.monotonicMs(), cpuMs: clock.cpuMs() }];
  let watchers = continuous ? 1 : 0;
  if (continuous) delay.enable();

  // The monitor is reset after each watch, else it would count the time until the next watch as one long delay.
  const collect = (): void => {
    if (delay.count > 0) worst.record(Math.max(1, Math.round(delay.max)));
    delay.reset();
  };
  const release = (): void => {
    watchers -= 1;
    if (watchers > 0) return;
    delay.disable();
    collect();
  };

  return {
    async watched(work) {
      if (watchers === 0) delay.enable();
      watchers += 1;
      try {
        return await work();
      } finally {
        setTimeout(release, TAIL_MS).unref();
      }
    },
    figures() {
      const now = { atMs: clock.monotonicMs(), cpuMs: clock.cpuMs() };
      if (now.atMs - (marks.at(-1)?.atMs ?? 0) >= CPU_MARK_EVERY_MS) marks.push(now);
      while ((marks[1]?.atMs ?? now.atMs) < now.atMs - CPU_WINDOW_MS) marks.shift();
      const first = marks[0] ?? now;
      const spanMs = now.atMs - first.atMs;
      return {
        cpuRatio: spanMs > 0 ? (now.cpuMs - first.cpuMs) / spanMs : 0,
        residentBytes: process.memoryUsage.rss(),
        eventLoopDelayP99Ms: findP99Ms(continuous ? delay : worst),
      };
    },
  };
}

/** The histograms of perf_hooks count nanoseconds, and `worst` is given them as well. */
function findP99Ms(histogram: { count: number; percentile(percentile: number): number }): number {
  return histogram.count === 0 ? 0 : histogram.percentile(99) / 1e6;
}
