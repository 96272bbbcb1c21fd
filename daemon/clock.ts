/** The real clock. */
import type { Clock } from './contracts.js';

export const SYSTEM_CLOCK: Clock = { wallMs: () => Date.now(), monotonicMs: readMonotonicMs, cpuMs: readCpuMs };

/**
 * CLOCK_MONOTONIC in ms, to the microsecond: the time base of the kernel's timers, and the same in every thread and
 * process, unlike `performance.now()`.
 */
export function readMonotonicMs(): number {
  return Number(process.hrtime.bigint() / 1000n) / 1000;
}

function readCpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}
