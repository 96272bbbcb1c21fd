/** Whether the kernel counters show that connections were opened or closed. */
import type { HostCounters } from './counters.js';

const WATCHED_COUNTERS = [
  'inUse',
  'orphan',
  'timeWait',
  'tw',
  'twRecycled',
  'twKilled',
  'activeOpens',
  'passiveOpens',
] as const;

/** @returns true when a counter changed, and always on a system without counters. */
export function haveCountersChanged(before: HostCounters | null, now: HostCounters): boolean {
  if (before === null || (now.timeWait === null && now.activeOpens === null)) return true;
  return WATCHED_COUNTERS.some((name) => before[name] !== now[name]);
}
