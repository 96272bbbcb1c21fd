import { describe, expect, it } from 'vitest';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, exhaustingSoon, formatChanges } from '../../builders/alert-timeline.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';

describe('stepAlerts without a new sample', () => {
  it('lets a pending alert fire on the last forecast while that is recent', () => {
    const timeline = createTimeline();
    timeline.beat({ atMs: T0, pools: [poolForecast()] });
    timeline.beat({ atMs: T0 + 2 * SECOND_MS, pools: null });
    timeline.beat({ atMs: T0 + 4 * SECOND_MS, pools: null });
    expect(formatChanges(timeline.changes)).toContain('imminent: pending -> firing');
  });

  it('raises nothing from a forecast older than a sample may be', () => {
    const timeline = createTimeline();
    timeline.beat({ atMs: T0 + 36 * SECOND_MS, pools: [poolForecast()] });
    timeline.beat({ atMs: T0 + 40 * SECOND_MS, pools: null });
    expect(timeline.changes).toEqual([]);
  });

  it('neither raises nor resolves an alert', () => {
    const timeline = createTimeline();
    timeline.beat({ atMs: T0, pools: [poolForecast()] });
    timeline.beat({ atMs: T0 + 4 * SECOND_MS, pools: [poolForecast()] });
    timeline.beat({ atMs: T0 + 6 * SECOND_MS, pools: [calmForecast()] });
    const before = timeline.changes.length;
    for (let second = 8; second < 300; second += 2) timeline.beat({ atMs: T0 + second * SECOND_MS, pools: null });
    expect(timeline.changes.slice(before)).toEqual([]);
    expect(formatChanges(timeline.beat({ atMs: T0 + 300 * SECOND_MS, pools: [calmForecast()] }))).toContain(
      'imminent: firing -> resolved',
    );
  });
});

describe('blind', () => {
  it('fires after a minute without a good sample, holds the other alerts, and resolves after ten seconds of good samples', () => {
    const timeline = createTimeline();
    const log: string[] = [];
    for (let second = 0; second <= 200; second += 2) {
      const isBlind = second > 10 && second <= 110;
      const atMs = T0 + second * SECOND_MS;
      const pools = isBlind
        ? null
        : [second <= 10 ? poolForecast({ sampledAtMs: atMs }) : calmForecast({ sampledAtMs: atMs })];
      for (const text of formatChanges(
        timeline.beat({ atMs, pools, blindSinceMs: isBlind ? T0 + 11 * SECOND_MS : null }),
      )) {
        if (!text.startsWith('pressure')) log.push(`${second} s ${text}`);
      }
    }
    expect(log).toEqual([
      '0 s imminent: inactive -> pending',
      '4 s imminent: pending -> firing',
      '12 s blind: inactive -> pending',
      '72 s blind: pending -> firing',
      '122 s blind: firing -> resolved',
      '172 s imminent: firing -> resolved',
    ]);
    expect(timeline.changes.find(({ alert }) => alert.rule === 'blind')?.alert.summary).toBe(
      'portcast is blind: it has had no good sample since 14:03:05 UTC and would not notice an exhaustion.',
    );
  });
});

describe('a pending alert while portcast is blind', () => {
  /** The log of a pool that is sampled until a second, and of the five minutes after it, without a sample. */
  const playBlindAfter = (lastSecond: number, pool: (second: number) => Partial<PoolForecast>): string[] => {
    const timeline = createTimeline();
    const log: string[] = [];
    for (let second = 0; second <= lastSecond + 300; second += 2) {
      const atMs = T0 + second * SECOND_MS;
      const isBlind = second > lastSecond;
      const pools = isBlind ? null : [calmForecast({ sampledAtMs: atMs, ...pool(second) })];
      for (const text of formatChanges(
        timeline.beat({ atMs, pools, blindSinceMs: isBlind ? T0 + lastSecond * SECOND_MS : null }),
      )) {
        if (!text.startsWith('blind')) log.push(`${second} s ${text}`);
      }
    }
    return log;
  };

  it('fires on the last forecast when its wait is over', () => {
    expect(playBlindAfter(2, exhaustingSoon)).toEqual([
      '0 s imminent: inactive -> pending',
      '4 s imminent: pending -> firing',
    ]);
  });

  it('does not fire on a forecast that is older than a sample may be', () => {
    const play = (lastSecond: number): string[] => playBlindAfter(lastSecond, () => ({ pressure: 0.95 }));
    expect(play(530)).toEqual(['0 s pressure: inactive -> pending']);
    expect(play(566)).toEqual(['0 s pressure: inactive -> pending', '600 s pressure: pending -> firing']);
  });
});
