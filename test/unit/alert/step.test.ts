import { describe, expect, it } from 'vitest';
import type { AlertSettings } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';
import { shown, timeline } from '../../builders/alert-timeline.js';

const S = 1000;
const MIN = 60 * S;

/** Beats of `stepMs` in which one pool shows what `pool` gives at each second since T0; `null` is a pool that is gone. */
function run(options: {
  seconds: number;
  stepSeconds?: number;
  settings?: AlertSettings;
  pool: (second: number) => Partial<PoolForecast> | null;
}) {
  const line = timeline(options.settings);
  const log: string[] = [];
  for (let second = 0; second <= options.seconds; second += options.stepSeconds ?? 2) {
    const atMs = T0 + second * S;
    const changed = options.pool(second);
    const pools = changed === null ? [] : [calmForecast({ ...changed, sampledAtMs: atMs })];
    const untilNextStepMs = (options.stepSeconds ?? 2) * S;
    for (const text of shown(line.beat({ atMs, pools, untilNextStepMs }))) log.push(`${second} s ${text}`);
  }
  return { log, line };
}

/** At an instant that is known to 4 s. */
const exhausting = (atMs: number): Partial<PoolForecast> => ({
  exhaustsAtMs: atMs,
  earliestAtMs: atMs - 2 * S,
  latestAtMs: atMs + 2 * S,
});

const soon = (second: number, probability = 0.9): Partial<PoolForecast> => ({
  ...exhausting(T0 + second * S + 30 * S),
  probability,
  mode: 'churn',
});

const waiting = (seconds: number): AlertSettings => ({
  ...DEFAULT_ALERT_SETTINGS,
  imminent: { ...DEFAULT_ALERT_SETTINGS.imminent, forMs: seconds * S },
});

describe('the rules over time', () => {
  const cases: [string, Parameters<typeof run>[0], string[]][] = [
    ['nothing wrong', { seconds: 300, pool: () => ({}) }, []],
    [
      'imminent fires on the third beat of 2 s',
      { seconds: 20, pool: (s) => (s >= 10 ? soon(s) : {}) },
      ['10 s imminent: inactive -> pending', '14 s imminent: pending -> firing'],
    ],
    [
      'imminent fires while there is a look before the ports may be gone',
      { seconds: 6, settings: waiting(60), pool: (s) => ({ ...soon(s), ...exhausting(T0 + 7 * S) }) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'imminent waits for nothing where they may be gone before the next look',
      { seconds: 15, stepSeconds: 15, pool: (s) => ({ ...soon(s), ...exhausting(T0 + 16 * S) }) },
      ['0 s imminent: inactive -> firing'],
    ],
    [
      'imminent waits all the same where the next look may show that ports are reused',
      { seconds: 4, pool: (s) => ({ ...soon(s), ...exhausting(T0 + 2 * S), reuseMayShow: true }) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'imminent waits for a look that comes in time',
      { seconds: 15, stepSeconds: 15, pool: (s) => ({ ...soon(s), ...exhausting(T0 + 18 * S) }) },
      ['0 s imminent: inactive -> pending', '15 s imminent: pending -> firing'],
    ],
    [
      'imminent resolves a minute after it fell below its clear line',
      { seconds: 120, pool: (s) => (s <= 10 ? soon(s) : soon(s, 0.1)) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing', '72 s imminent: firing -> resolved'],
    ],
    [
      'between the lines imminent goes on firing',
      { seconds: 600, pool: (s) => soon(s, s <= 10 ? 0.9 : 0.3) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'a probability without an instant raises nothing',
      { seconds: 60, pool: () => ({ probability: 0.9, exhaustsAtMs: null }) },
      [],
    ],
    [
      'a pool that has run out is imminent without a probability',
      { seconds: 6, pool: () => ({ mode: 'exhausted', probability: null, exhaustsAtMs: null }) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'a short spike is pending and gone',
      { seconds: 60, pool: (s) => (s === 10 ? soon(s) : {}) },
      ['10 s imminent: inactive -> pending', '12 s imminent: pending -> inactive'],
    ],
    [
      'a value dancing on the raise line stays one pending alert and never fires',
      { seconds: 300, pool: (s) => soon(s, s % 4 === 0 ? 0.55 : 0.45) },
      ['0 s imminent: inactive -> pending'],
    ],
    [
      'a pending alert that lingers between the lines goes away after clearFor',
      { seconds: 120, pool: (s) => soon(s, s === 0 ? 0.6 : 0.3) },
      ['0 s imminent: inactive -> pending', '62 s imminent: pending -> inactive'],
    ],
    [
      'while firing, one look below the clear line does not resolve',
      { seconds: 300, pool: (s) => soon(s, s % 60 === 50 ? 0 : 0.9) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'a pool that vanishes is below every clear line',
      { seconds: 100, pool: (s) => (s <= 10 ? soon(s) : null) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing', '72 s imminent: firing -> resolved'],
    ],
    [
      'a pending pool that vanishes is forgotten at once',
      { seconds: 20, pool: (s) => (s <= 2 ? soon(s) : null) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> inactive'],
    ],
    [
      'an unknown probability neither raises nor clears',
      { seconds: 300, pool: (s) => (s <= 10 ? soon(s) : { probability: null }) },
      ['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing'],
    ],
    [
      'pressure of 0.9 for ten minutes',
      { seconds: 640, pool: () => ({ pressure: 0.9 }) },
      ['0 s pressure: inactive -> pending', '600 s pressure: pending -> firing'],
    ],
    [
      'pressure with a break starts its ten minutes again',
      { seconds: 1000, pool: (s) => ({ pressure: s === 300 ? 0.85 : 0.95 }) },
      ['0 s pressure: inactive -> pending', '902 s pressure: pending -> firing'],
    ],
    ['pressure just below the line', { seconds: 1000, pool: () => ({ pressure: 0.899 }) }, []],
    [
      'use counts what is not reusable',
      { seconds: 120, pool: (s) => ({ used: 850, reusable: s < 40 ? 800 : 0 }) },
      ['40 s use: inactive -> pending', '100 s use: pending -> firing'],
    ],
    [
      'a leak within the hour, for two minutes',
      { seconds: 180, pool: (s) => ({ mode: 'leak', exhaustsAtMs: T0 + s * S + 50 * MIN, probability: 0 }) },
      ['0 s leak: inactive -> pending', '120 s leak: pending -> firing'],
    ],
    ['a leak further off', { seconds: 900, pool: () => ({ mode: 'leak', exhaustsAtMs: T0 + 80 * MIN }) }, []],
    [
      'a leak that ran out is not over',
      {
        seconds: 1200,
        pool: (s) =>
          s <= 200
            ? { mode: 'leak', exhaustsAtMs: T0 + 300 * S, probability: 0 }
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
  it.each(cases)('%s', (_name, options, expected) => {
    expect(run(options).log).toEqual(expected);
  });

  it('takes two jittering beats for a `for` of two beats', () => {
    const line = timeline();
    for (const atMs of [T0, T0 + 2003, T0 + 3996]) line.beat({ atMs, pools: [poolForecast({ sampledAtMs: atMs })] });
    expect(shown(line.changes)).toContain('imminent: pending -> firing');
  });

  it('fires at once where `for` is nothing', () => {
    const settings = { ...DEFAULT_ALERT_SETTINGS, imminent: { ...DEFAULT_ALERT_SETTINGS.imminent, forMs: 0 } };
    expect(shown(timeline(settings).beat({ atMs: T0, pools: [poolForecast()] }))).toContain(
      'imminent: inactive -> firing',
    );
  });
});

describe('what an alert holds', () => {
  it('has a deterministic id, one alert per rule and pool, and the forecasts', () => {
    const line = timeline();
    const other = poolForecast({ id: 'connect_host_10.0.0.1_10.0.0.3_80', remoteAddress: '10.0.0.3', remotePort: 80 });
    for (let beat = 0; beat < 4; beat++) {
      const atMs = T0 + beat * 2 * S;
      line.beat({ atMs, pools: [poolForecast({ sampledAtMs: atMs, used: 312 + beat }), other] });
    }
    const imminent = line.active.filter((alert) => alert.rule === 'imminent');
    expect(imminent.map((alert) => alert.id)).toEqual([
      `imminent_connect_host_10.0.0.1_10.0.0.2_443_${T0}`,
      `imminent_connect_host_10.0.0.1_10.0.0.3_80_${T0}`,
    ]);
    expect(imminent[0]).toMatchObject({ severity: 'critical', state: 'firing', mail: true, firingAtMs: T0 + 4 * S });
    expect(imminent[0]?.raised?.used).toBe(314);
    expect(imminent[0]?.latest?.used).toBe(315);
    expect(imminent[0]?.summary).toBe(
      'Ports to 10.0.0.2:443 run out in 22 s, at 14:03:22 UTC: 315 of 1,000 used, 25 closes/s against 15.9/s sustainable.',
    );
  });

  it('says how it ended and keeps the newest forecast', () => {
    const { line } = run({ seconds: 100, pool: (s) => (s <= 10 ? soon(s) : {}) });
    const { alert } = line.changes.at(-1) ?? expect.unreachable();
    expect(alert).toMatchObject({ state: 'resolved', firingAtMs: T0 + 4 * S, resolvedAtMs: T0 + 72 * S });
    expect(alert.summary).toBe(
      'Over after 68 s: ports to 10.0.0.2:443 are no longer about to run out. Now 60 of 1,000 used; this rate needs 60.',
    );
    expect(line.active).toEqual([]);
  });

  it.each([
    [9 * MIN, 'critical'],
    [50 * MIN, 'warning'],
  ])('grades a leak %i ms off as %s', (leftMs, severity) => {
    const line = timeline();
    line.beat({ atMs: T0, pools: [calmForecast({ mode: 'leak', exhaustsAtMs: T0 + leftMs })] });
    expect(line.active.find((alert) => alert.rule === 'leak')?.severity).toBe(severity);
  });

  it('does not mail what fires beneath an imminent exhaustion of the same pool', () => {
    const bad = { pressure: 1.5, used: 900 };
    const settings = { ...DEFAULT_ALERT_SETTINGS, use: { ...DEFAULT_ALERT_SETTINGS.use, mail: true } };
    const { line } = run({ seconds: 700, settings, pool: (s) => ({ ...soon(s), ...bad }) });
    const fired = line.changes.filter((change) => change.to === 'firing');
    expect(fired.map(({ alert }) => [alert.rule, alert.mail])).toEqual([
      ['imminent', true],
      ['use', false],
      ['pressure', false],
    ]);
    const alone = run({ seconds: 700, settings, pool: () => bad });
    expect(alone.line.changes.filter((c) => c.to === 'firing').map(({ alert }) => [alert.rule, alert.mail])).toEqual([
      ['use', true],
      ['pressure', true],
    ]);
  });
});

describe('without new dumps', () => {
  it('lets a pending alert fire on the last forecast while that is fresh', () => {
    const line = timeline();
    line.beat({ atMs: T0, pools: [poolForecast()] });
    line.beat({ atMs: T0 + 2 * S, pools: null });
    line.beat({ atMs: T0 + 4 * S, pools: null });
    expect(shown(line.changes)).toContain('imminent: pending -> firing');
  });

  it('raises nothing from a forecast older than a sample may be', () => {
    const line = timeline();
    line.beat({ atMs: T0 + 36 * S, pools: [poolForecast()] });
    line.beat({ atMs: T0 + 40 * S, pools: null });
    expect(line.changes).toEqual([]);
  });

  it('neither raises nor resolves', () => {
    const line = timeline();
    line.beat({ atMs: T0, pools: [poolForecast()] });
    line.beat({ atMs: T0 + 4 * S, pools: [poolForecast()] });
    line.beat({ atMs: T0 + 6 * S, pools: [calmForecast()] });
    const before = line.changes.length;
    for (let second = 8; second < 300; second += 2) line.beat({ atMs: T0 + second * S, pools: null });
    expect(line.changes.slice(before)).toEqual([]);
    expect(shown(line.beat({ atMs: T0 + 300 * S, pools: [calmForecast()] }))).toContain('imminent: firing -> resolved');
  });
});

describe('blind', () => {
  it('fires after a minute without a good sample, holds the pools, and resolves after ten seconds of sight', () => {
    const line = timeline();
    const log: string[] = [];
    for (let second = 0; second <= 200; second += 2) {
      const blind = second > 10 && second <= 110;
      const atMs = T0 + second * S;
      const pools = blind
        ? null
        : [second <= 10 ? poolForecast({ sampledAtMs: atMs }) : calmForecast({ sampledAtMs: atMs })];
      for (const text of shown(line.beat({ atMs, pools, blindSinceMs: blind ? T0 + 11 * S : null })))
        if (!text.startsWith('pressure')) log.push(`${second} s ${text}`);
    }
    expect(log).toEqual([
      '0 s imminent: inactive -> pending',
      '4 s imminent: pending -> firing',
      '12 s blind: inactive -> pending',
      '72 s blind: pending -> firing',
      '122 s blind: firing -> resolved',
      '172 s imminent: firing -> resolved',
    ]);
    expect(line.changes.find(({ alert }) => alert.rule === 'blind')?.alert.summary).toBe(
      'portcast is blind: it has had no good sample since 14:03:05 UTC and would not notice an exhaustion.',
    );
  });
});

describe('a pending alert on the last forecast before the blindness', () => {
  /** Pools from 0 s to `seen`, and nothing for five minutes after. */
  const blindAfter = (seen: number, pool: (second: number) => Partial<PoolForecast>): string[] => {
    const line = timeline();
    const log: string[] = [];
    for (let second = 0; second <= seen + 300; second += 2) {
      const atMs = T0 + second * S;
      const blind = second > seen;
      const pools = blind ? null : [calmForecast({ sampledAtMs: atMs, ...pool(second) })];
      for (const text of shown(line.beat({ atMs, pools, blindSinceMs: blind ? T0 + seen * S : null })))
        if (!text.startsWith('blind')) log.push(`${second} s ${text}`);
    }
    return log;
  };

  it('fires when its time comes', () =>
    expect(blindAfter(2, soon)).toEqual(['0 s imminent: inactive -> pending', '4 s imminent: pending -> firing']));

  it('does not fire on a forecast that is older than a sample may be', () => {
    const log = (seen: number) => blindAfter(seen, () => ({ pressure: 0.95 }));
    expect(log(530)).toEqual(['0 s pressure: inactive -> pending']);
    expect(log(566)).toEqual(['0 s pressure: inactive -> pending', '600 s pressure: pending -> firing']);
  });
});

describe('a wall clock that jumps', () => {
  const bad = (atMs: number) => [poolForecast({ sampledAtMs: atMs, ...exhausting(atMs + 30 * S), pressure: 0.1 })];
  const calm = (atMs: number) => [calmForecast({ sampledAtMs: atMs })];

  it.each([-1, -3600, -86_400])('by %i s keeps the elapsed time of a pending alert', (jumpSeconds) => {
    const line = timeline();
    line.beat({ atMs: T0, pools: bad(T0) });
    line.beat({ atMs: T0 + 2 * S, pools: bad(T0 + 2 * S) });
    const jumped = T0 + 2 * S + jumpSeconds * S;
    expect(line.beat({ atMs: jumped, pools: bad(jumped) })).toEqual([]);
    expect(shown(line.beat({ atMs: jumped + 2 * S, pools: bad(jumped + 2 * S) }))).toEqual([
      'imminent: pending -> firing',
    ]);
  });

  it('backward does not keep a firing alert from resolving, nor make its duration negative', () => {
    const line = timeline();
    for (const second of [0, 2, 4]) line.beat({ atMs: T0 + second * S, pools: bad(T0 + second * S) });
    const start = T0 - 3600 * S;
    for (let second = 0; second <= 62; second += 2)
      line.beat({ atMs: start + second * S, pools: calm(start + second * S) });
    const last = line.changes.at(-1);
    expect(last?.to).toBe('resolved');
    expect((last?.alert.resolvedAtMs ?? 0) - (last?.alert.firingAtMs ?? 0)).toBe(60 * S);
  });

  it('forward does not fire a pending alert at once', () => {
    const line = timeline();
    line.beat({ atMs: T0, pools: bad(T0) });
    const jumped = T0 + 7200 * S;
    expect(line.beat({ atMs: jumped, pools: bad(jumped) })).toEqual([]);
    line.beat({ atMs: jumped + 2 * S, pools: bad(jumped + 2 * S) });
    expect(shown(line.beat({ atMs: jumped + 4 * S, pools: bad(jumped + 4 * S) }))).toEqual([
      'imminent: pending -> firing',
    ]);
  });

  it('forward does not resolve a firing alert at once', () => {
    const line = timeline();
    for (const second of [0, 2, 4]) line.beat({ atMs: T0 + second * S, pools: bad(T0 + second * S) });
    line.beat({ atMs: T0 + 6 * S, pools: calm(T0 + 6 * S) });
    const jumped = T0 + 7200 * S;
    expect(line.beat({ atMs: jumped, pools: calm(jumped) })).toEqual([]);
    expect(line.active[0]?.state).toBe('firing');
  });

  it('makes portcast neither blind at once nor blind for ever', () => {
    const line = timeline();
    const jumped = T0 + 7200 * S;
    line.beat({ atMs: jumped, pools: null, blindSinceMs: T0 });
    expect(shown(line.changes)).toEqual(['blind: inactive -> pending']);
    const back = timeline();
    for (let second = 0; second <= 60; second += 2)
      back.beat({ atMs: T0 - 3600 * S + second * S, pools: null, blindSinceMs: T0 });
    expect(shown(back.changes)).toContain('blind: pending -> firing');
  });
});
