/** The real clock. CLOCK_MONOTONIC in ms: the same time base as the kernel's timers. */
import type { Clock } from './contracts.js';

export const SYSTEM_CLOCK: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => Number(process.hrtime.bigint() / 1000n) / 1000,
};
