import { describe, expect, it } from 'vitest';
import { addTimers, findTickRate, NO_TIMERS } from '../../../daemon/host/tick-rate.js';

/** What jiffies_to_msecs makes of so many ticks: the milliseconds rounded up. */
const toMs = (ticks: number, hz: number): number => Math.ceil((ticks * 1000) / hz);
/** Ticks without a common divisor, as the timers of clients that close at any time have. */
const TICKS = [701, 1204, 2209, 3350, 4007, 5193, 5800, 5801, 5999];

const rateOf = (...dumps: (readonly number[])[]): number | null => findTickRate(dumps.reduce(addTimers, NO_TIMERS));

describe('the tick rate that timers show', () => {
  it.each([100, 200, 250, 300, 500, 1000])('is %i when they are whole ticks of that rate', (hz) => {
    expect(rateOf(TICKS.map((ticks) => toMs(ticks, hz)))).toBe(hz);
  });

  it('is 300 where a 32-bit kernel rounds down', () => {
    expect(rateOf(TICKS.map((ticks) => Math.floor((ticks * 1000) / 300)))).toBe(300);
  });

  it('is not told by few timers, nor by many that are equal, nor by none', () => {
    expect(rateOf(TICKS.slice(0, 7).map((ticks) => toMs(ticks, 250)))).toBeNull();
    expect(rateOf(Array.from({ length: 1000 }, () => 59_992))).toBeNull();
    expect(rateOf([0, 0, -1])).toBeNull();
    expect(rateOf()).toBeNull();
  });

  it('is not told by timers that fit no kernel', () => {
    expect(rateOf(TICKS.map((ticks) => 30 * ticks))).toBeNull();
  });

  it('is corrected when clients that closed in step are seen again, out of step', () => {
    const inStep = [1, 2, 3, 4, 5, 6, 7, 9].map((closes) => 10 * closes);
    expect(rateOf(inStep)).toBe(100);
    const shifted = (byMs: number): number[] => inStep.map((ms) => ms + byMs);
    expect(rateOf(inStep, shifted(3))).toBeNull();
    expect(rateOf(inStep, shifted(3), shifted(8))).toBe(1000);
  });

  it('needs enough timers in one dump: those of several say the same ticks again', () => {
    const few = TICKS.slice(0, 4).map((ticks) => toMs(ticks, 250));
    expect(rateOf(few, few, few)).toBeNull();
  });
});
