import { expect, it } from 'vitest';
import { findMaxSampleAgeMs } from '../../../daemon/sampling/freshness.js';

it.each([
  { beatMs: 2000, maxIntervalMs: 30_000, ageMs: 35_000 },
  { beatMs: 10_000, maxIntervalMs: 30_000, ageMs: 51_000 },
  { beatMs: 2000, maxIntervalMs: 300_000, ageMs: 305_000 },
])('a sample may be $ageMs ms old with a beat of $beatMs ms and a dump every $maxIntervalMs ms', (schedule) => {
  expect(findMaxSampleAgeMs(schedule)).toBe(schedule.ageMs);
});
