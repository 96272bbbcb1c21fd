import { describe, expect, it } from 'vitest';
import type { AlertChange, Rule } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, exhaustingSoon, playTimeline } from '../../builders/alert-timeline.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';

/** The rules that fired, each with whether it is mailed. */
const listFired = (changes: readonly AlertChange[]): [Rule, boolean][] =>
  changes.filter(({ to }) => to === 'firing').map(({ alert }) => [alert.rule, alert.mail]);

describe('an alert', () => {
  it('has a deterministic id, is the only one of its rule and pool, and holds the forecasts', () => {
    const timeline = createTimeline();
    const other = poolForecast({ id: 'connect_host_10.0.0.1_10.0.0.3_80', remoteAddress: '10.0.0.3', remotePort: 80 });
    for (let beat = 0; beat < 4; beat++) {
      const atMs = T0 + beat * 2 * SECOND_MS;
      timeline.beat({ atMs, pools: [poolForecast({ sampledAtMs: atMs, used: 312 + beat }), other] });
    }
    const imminent = timeline.active.filter((alert) => alert.rule === 'imminent');
    expect(imminent.map((alert) => alert.id)).toEqual([
      `imminent_connect_host_10.0.0.1_10.0.0.2_443_${T0}`,
      `imminent_connect_host_10.0.0.1_10.0.0.3_80_${T0}`,
    ]);
    const [first] = imminent;
    expect(first).toMatchObject({ severity: 'critical', state: 'firing', mail: true, firingAtMs: T0 + 4 * SECOND_MS });
    expect(first?.raised?.used).toBe(314);
    expect(first?.latest?.used).toBe(315);
    expect(first?.summary).toBe(
      'Ports to 10.0.0.2:443 run out in 22 s, at 14:03:22 UTC: 315 of 1,000 used, 25 closes/s against 15.9/s sustainable.',
    );
  });

  it('states how it ended and keeps the newest forecast', () => {
    const { timeline } = playTimeline({ seconds: 100, pool: (s) => (s <= 10 ? exhaustingSoon(s) : {}) });
    const { alert } = timeline.changes.at(-1) ?? expect.unreachable();
    expect(alert).toMatchObject({
      state: 'resolved',
      firingAtMs: T0 + 4 * SECOND_MS,
      resolvedAtMs: T0 + 72 * SECOND_MS,
    });
    expect(alert.summary).toBe(
      'Over. Ports to 10.0.0.2:443 are no longer about to run out. Now 60 of 1,000 in use; this rate needs 60.',
    );
    expect(timeline.active).toEqual([]);
  });

  it('is told by its newest forecast while it waits to be resolved', () => {
    const { timeline } = playTimeline({ seconds: 30, pool: (s) => (s <= 10 ? exhaustingSoon(s) : {}) });
    const [firing] = timeline.active;
    expect(firing).toMatchObject({ state: 'firing', clearSinceMs: T0 + 12 * SECOND_MS });
    expect(firing?.summary).toMatch(/^Ports to 10\.0\.0\.2:443 do not run out at this rate: 60 of 1,000 used/);
  });

  it.each([
    [9 * MINUTE_MS, 'critical'],
    [50 * MINUTE_MS, 'warning'],
  ])('of a leak that exhausts the pool in %i ms has the severity %s', (leftMs, severity) => {
    const timeline = createTimeline();
    timeline.beat({ atMs: T0, pools: [calmForecast({ mode: 'leak', exhaustsAtMs: T0 + leftMs })] });
    expect(timeline.active.find((alert) => alert.rule === 'leak')?.severity).toBe(severity);
  });

  it('is not mailed while imminent fires for the same pool', () => {
    const bad = { pressure: 1.5, used: 900 };
    const settings = { ...DEFAULT_ALERT_SETTINGS, use: { ...DEFAULT_ALERT_SETTINGS.use, mail: true } };
    const { timeline } = playTimeline({ seconds: 700, settings, pool: (s) => ({ ...exhaustingSoon(s), ...bad }) });
    expect(listFired(timeline.changes)).toEqual([
      ['imminent', true],
      ['use', false],
      ['pressure', false],
    ]);
    const alone = playTimeline({ seconds: 700, settings, pool: () => bad });
    expect(listFired(alone.timeline.changes)).toEqual([
      ['use', true],
      ['pressure', true],
    ]);
  });
});
