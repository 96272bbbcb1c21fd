import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import {
  createTimeline,
  exhaustingSoon,
  formatChanges,
  playTimeline,
  type Play,
} from '../../builders/alert-timeline.js';
import { poolForecast, T0 } from '../../builders/forecasts.js';

describe('stepAlerts', () => {
  const cases: [string, Play, string[]][] = [
    ['raises nothing while nothing is wrong', { seconds: 300, pool: () => ({}) }, []],
    [
      'fires imminent on the third beat of 2 s',
      { seconds: 20, pool: (s) => (s >= 10 ? exhaustingSoon(s) : {}) },
      ['10 s imminent: inactive -> pending', '14 s imminent: pending -> firing'],
    ],
    [
      'fires imminent at the first sample above the line without a wait, which is the default',
      {
        seconds: 100,
        settings: DEFAULT_ALERT_SETTINGS,
        pool: (s) => (s >= 10 && s <= 20 ? exhaustingSoon(s, 0.5) : {}),
      },
      ['10 s imminent: inactive -> firing', '82 s imminent: firing -> resolved'],
    ],
    [
      'fires once, and does not resolve, for a probability that swings across both lines',
      {
        seconds: 1200,
        settings: DEFAULT_ALERT_SETTINGS,
        pool: (s) => exhaustingSoon(s, s % 50 < 4 ? 0.55 : 0.1),
      },
      ['0 s imminent: inactive -> firing'],
    ],
    [
      'fires for nothing that stays below the raise line',
      { seconds: 600, settings: DEFAULT_ALERT_SETTINGS, pool: (s) => exhaustingSoon(s, s % 4 === 0 ? 0.49 : 0.1) },
      [],
    ],
    [
      'waits without being told to while the next sample may show that ports are reused',
      {
        seconds: 60,
        settings: DEFAULT_ALERT_SETTINGS,
        pool: (s) => (s < 4 || s >= 20 ? { ...exhaustingSoon(s), reuseMayShow: true } : {}),
      },
      [
        '0 s imminent: inactive -> pending',
        '4 s imminent: pending -> inactive',
        '20 s imminent: inactive -> pending',
        '24 s imminent: pending -> firing',
      ],
    ],
    [
      'resolves imminent a minute after it fell below its clear line',
      { seconds: 120, pool: (s) => (s <= 10 ? exhaustingSoon(s) : exhaustingSoon(s, 0.1)) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing', '72 s imminent: firing -> resolved'],
    ],
    [
      'goes on firing imminent between the two lines',
      { seconds: 600, pool: (s) => exhaustingSoon(s, s <= 10 ? 0.9 : 0.3) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'raises nothing from a probability without an instant',
      { seconds: 60, pool: () => ({ probability: 0.9, exhaustsAtMs: null }) },
      [],
    ],
    [
      'raises imminent for an exhausted pool without a probability',
      { seconds: 6, pool: () => ({ mode: 'exhausted', probability: null, exhaustsAtMs: null }) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'ends a pending alert when the spike is over',
      { seconds: 60, pool: (s) => (s === 10 ? exhaustingSoon(s) : {}) },
      ['10 s imminent: inactive -> pending', '12 s imminent: pending -> inactive'],
    ],
    [
      'keeps one pending alert, which never fires, for a value that swings around the raise line',
      { seconds: 300, pool: (s) => exhaustingSoon(s, s % 4 === 0 ? 0.55 : 0.45) },
      ['0 s imminent: inactive -> pending'],
    ],
    [
      'ends a pending alert that stays between the lines for clearFor',
      { seconds: 120, pool: (s) => exhaustingSoon(s, s === 0 ? 0.6 : 0.3) },
      ['0 s imminent: inactive -> pending', '62 s imminent: pending -> inactive'],
    ],
    [
      'does not resolve on one sample below the clear line',
      { seconds: 300, pool: (s) => exhaustingSoon(s, s % 60 === 50 ? 0 : 0.9) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'takes a pool that is no longer in the table as below every clear line',
      { seconds: 100, pool: (s) => (s <= 10 ? exhaustingSoon(s) : null) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing', '72 s imminent: firing -> resolved'],
    ],
    [
      'ends a pending alert at once when its pool is no longer in the table',
      { seconds: 20, pool: (s) => (s <= 2 ? exhaustingSoon(s) : null) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> inactive'],
    ],
    [
      'neither raises nor clears on an unknown probability',
      { seconds: 300, pool: (s) => (s <= 10 ? exhaustingSoon(s) : { probability: null }) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'fires pressure after ten minutes at 0.9',
      { seconds: 640, pool: () => ({ pressure: 0.9 }) },
      ['0 s pressure: inactive -> pending', '600 s pressure: pending -> firing'],
    ],
    [
      'starts the ten minutes of pressure again after a break',
      { seconds: 1000, pool: (s) => ({ pressure: s === 300 ? 0.85 : 0.95 }) },
      ['0 s pressure: inactive -> pending', '902 s pressure: pending -> firing'],
    ],
    ['raises nothing from pressure just below the line', { seconds: 1000, pool: () => ({ pressure: 0.899 }) }, []],
    [
      'counts for use only what is not reusable',
      { seconds: 120, pool: (s) => ({ used: 850, reusable: s < 40 ? 800 : 0 }) },
      ['40 s use: inactive -> pending', '100 s use: pending -> firing'],
    ],
    [
      'fires leak after two minutes with an exhaustion within the hour',
      {
        seconds: 180,
        pool: (s) => ({ mode: 'leak', exhaustsAtMs: T0 + s * SECOND_MS + 50 * MINUTE_MS, probability: 0 }),
      },
      ['0 s leak: inactive -> pending', '120 s leak: pending -> firing'],
    ],
    [
      'raises nothing from a leak that is further off',
      { seconds: 900, pool: () => ({ mode: 'leak', exhaustsAtMs: T0 + 80 * MINUTE_MS }) },
      [],
    ],
    [
      'does not resolve a leak that has exhausted the pool',
      {
        seconds: 1200,
        pool: (s) =>
          s <= 200
            ? { mode: 'leak', exhaustsAtMs: T0 + 300 * SECOND_MS, probability: 0 }
            : { mode: 'exhausted', probability: 1 },
      },
      [
        '0 s leak: inactive -> pending',
        '120 s leak: pending -> firing',
        '202 s imminent: inactive -> pending',
        '206 s imminent: pending -> firing',
      ],
    ],
  ];
  it.each(cases)('%s', (_title, play, expected) => {
    expect(playTimeline(play).log).toEqual(expected);
  });

  it('fires after two jittering beats with a `for` of two beats', () => {
    const timeline = createTimeline();
    for (const atMs of [T0, T0 + 2003, T0 + 3996])
      timeline.beat({ atMs, pools: [poolForecast({ sampledAtMs: atMs })] });
    expect(formatChanges(timeline.changes)).toContain('imminent: pending -> firing');
  });
});
