/** The answer of `GET /api/v1/pools/:id/schedule`. */
import type { ReleaseSchedule } from '../forecast/release-schedule.js';
import { SECOND_MS } from '../units.js';

/** `at` is the start of the second. */
export interface WireSecond {
  at: string;
  count: number;
}

export interface WireSchedule {
  sampledAt: string;
  holdSeconds: number;
  /** The step in which the kernel releases ports. */
  granularitySeconds: number;
  /** The closes in each of the last 60 seconds, the oldest second first; null where the source shows no timers. */
  closes: WireSecond[] | null;
  /** The ports that come free in each of the next seconds; null where the source shows no timers. */
  releases: WireSecond[] | null;
  /** Ports that come free after the last of those seconds. */
  later: number;
  /** Ports in TIME_WAIT that connect() may take again already. */
  reusable: number;
  exact: boolean;
  /** Why the counts are missing, or not exact; null where they are exact. */
  why: string | null;
}

export function scheduleToWire(
  schedule: ReleaseSchedule,
  { sampledAtMs, granularityMs }: { readonly sampledAtMs: number; readonly granularityMs: number },
): WireSchedule {
  const { holdMs, closes, releases, later, reusable, isExact, why } = schedule;
  return {
    sampledAt: new Date(sampledAtMs).toISOString(),
    holdSeconds: holdMs / SECOND_MS,
    granularitySeconds: granularityMs / SECOND_MS,
    closes: closes && listSeconds(closes, sampledAtMs - closes.length * SECOND_MS),
    releases: releases && listSeconds(releases, sampledAtMs),
    later,
    reusable,
    exact: isExact,
    why,
  };
}

function listSeconds(counts: readonly number[], fromMs: number): WireSecond[] {
  return counts.map((count, second) => ({ at: new Date(fromMs + second * SECOND_MS).toISOString(), count }));
}
