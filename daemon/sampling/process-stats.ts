/** What the daemon itself costs: CPU, memory, and how long its event loop was held up. */
import { createHistogram, monitorEventLoopDelay } from 'node:perf_hooks';
import type { Clock } from '../contracts.js';
import { MINUTE_MS } from '../units.js';

const CPU_WINDOW_MS = MINUTE_MS;
/** How long the loop is watched after work has ended, so that the delay it caused is seen. */
const TAIL_MS = 20;

export interface ProcessFigures {
  readonly cpuRatio: number;
  readonly residentBytes: number;
  /** Of the worst delay in each watched spell of work; of every delay when watched continuously. */
  readonly eventLoopDelayP99Ms: number;
}

export interface ProcessStats {
  /** Runs a piece of the daemon's periodic work with the event loop watched. */
  watched<T>(work: () => Promise<T> | T): Promise<T>;
  figures(): ProcessFigures;
}

/**
 * The event loop is watched at a resolution of 1 ms. Doing that all the time costs 3% of a core on a small machine,
 * more than everything else together, so it is watched while the daemon works; `continuous` is for benchmarks.
 */
export function createProcessStats(clock: Clock, continuous: boolean): ProcessStats {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  const worst = createHistogram();
  const marks: { atMs: number; cpuMs: number }[] = [{ atMs: clock.monotonicMs(), cpuMs: cpuMs() }];
  let watchers = continuous ? 1 : 0;
  if (continuous) delay.enable();

  // Between two watches the monitor is reset: it would count the pause as one long delay.
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
      const now = { atMs: clock.monotonicMs(), cpuMs: cpuMs() };
      if (now.atMs - (marks.at(-1)?.atMs ?? 0) >= 1000) marks.push(now);
      while ((marks[1]?.atMs ?? now.atMs) < now.atMs - CPU_WINDOW_MS) marks.shift();
      const first = marks[0] ?? now;
      const span = now.atMs - first.atMs;
      return {
        cpuRatio: span > 0 ? (now.cpuMs - first.cpuMs) / span : 0,
        residentBytes: process.memoryUsage.rss(),
        eventLoopDelayP99Ms: p99Ms(continuous ? delay : worst),
      };
    },
  };
}

function p99Ms(histogram: { count: number; percentile(percentile: number): number }): number {
  return histogram.count === 0 ? 0 : histogram.percentile(99) / 1e6;
}

function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
