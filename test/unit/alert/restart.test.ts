import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import { HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { createTimeline, formatChanges, type Beat } from '../../builders/alert-timeline.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';

const BEAT_MS = 2 * SECOND_MS;
const MAX_BEATS = 120;
const RUNS = 300;
/** Changes that the generated beats lead to at least, in all runs together: with fewer the properties would show nothing. */
const MIN_CHANGES = 1000;

/** Beats with two pools that come, go and change, gaps, blindness and clock jumps. */
const beats = fc
  .array(
    fc.record({
      passMs: fc.oneof(
        { weight: 8, arbitrary: fc.constant(BEAT_MS) },
        { weight: 1, arbitrary: fc.integer({ min: -2.5 * HOUR_MS, max: 2.5 * HOUR_MS }) },
      ),
      hasNewSample: fc.boolean(),
      isBlind: fc.boolean(),
      pools: fc.array(
        fc.record({
          id: fc.constantFrom('a', 'b'),
          probability: fc.option(fc.constantFrom(0, 0.3, 0.6, 1)),
          pressure: fc.option(fc.constantFrom(0.1, 0.85, 0.95)),
          used: fc.constantFrom(10, 750, 900),
          mode: fc.constantFrom('steady' as const, 'churn' as const, 'leak' as const, 'exhausted' as const),
          leftMs: fc.option(fc.constantFrom(20 * SECOND_MS, 30 * MINUTE_MS, 2.5 * HOUR_MS)),
        }),
        { maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: MAX_BEATS },
  )
  .map((steps) => {
    let atMs = T0;
    return steps.map(({ passMs, hasNewSample, isBlind, pools }): Beat => {
      atMs += passMs;
      const forecasts = new Map(
        pools.map(({ leftMs, ...rest }) => [
          rest.id,
          poolForecast({ ...rest, sampledAtMs: atMs, exhaustsAtMs: leftMs === null ? null : atMs + leftMs }),
        ]),
      );
      return {
        atMs,
        pools: hasNewSample && !isBlind ? [...forecasts.values()] : null,
        blindSinceMs: isBlind ? atMs - BEAT_MS : null,
      };
    });
  });

const throughJson = (alerts: readonly Alert[]): Alert[] => JSON.parse(JSON.stringify(alerts)) as Alert[];

/** What the store loads after a restart: each alert as its last change left it. */
function loadStored(changes: readonly AlertChange[]): Alert[] {
  const stored = new Map<string, Alert>();
  for (const { to, alert } of changes) {
    if (to === 'pending' || to === 'firing') stored.set(alert.id, alert);
    else stored.delete(alert.id);
  }
  return throughJson([...stored.values()]);
}

describe('alerts on any series of beats', () => {
  it('continue as if nothing had happened after they were taken through JSON', () => {
    let changeCount = 0;
    fc.assert(
      fc.property(beats, fc.nat({ max: MAX_BEATS - 1 }), (series, cut) => {
        const unbroken = createTimeline();
        const restarted = createTimeline();
        series.forEach((beat, index) => {
          if (index === cut) restarted.active = throughJson(restarted.active);
          expect(restarted.beat(beat)).toEqual(unbroken.beat(beat));
        });
        expect(restarted.active).toEqual(unbroken.active);
        changeCount += unbroken.changes.length;
      }),
      { numRuns: RUNS },
    );
    expect(changeCount).toBeGreaterThan(MIN_CHANGES);
  });

  it('are one per rule and pool, and each change starts from the state in which the one before ended', () => {
    let changeCount = 0;
    fc.assert(
      fc.property(beats, (series) => {
        const timeline = createTimeline();
        const states = new Map<string, string>();
        for (const beat of series) {
          for (const { from, to, alert } of timeline.beat(beat)) {
            const key = `${alert.rule} ${alert.poolId ?? ''}`;
            expect(from).toBe(states.get(key) ?? 'inactive');
            states.set(key, to === 'resolved' ? 'inactive' : to);
          }
          const keys = timeline.active.map((alert) => `${alert.rule} ${alert.poolId ?? ''}`);
          expect(new Set(keys).size).toBe(keys.length);
          for (const alert of timeline.active) {
            expect(alert.lastSeenAtMs - alert.pendingAtMs).toBeGreaterThanOrEqual(0);
            expect(states.get(`${alert.rule} ${alert.poolId ?? ''}`)).toBe(alert.state);
          }
        }
        changeCount += timeline.changes.length;
      }),
      { numRuns: RUNS },
    );
    expect(changeCount).toBeGreaterThan(MIN_CHANGES);
  });
});

describe('a restart with the stored alerts', () => {
  it('neither repeats a firing alert nor forgets the wait of a long pending one', () => {
    const pools = (atMs: number) => [
      calmForecast({ pressure: 0.95, sampledAtMs: atMs, probability: 0.9, exhaustsAtMs: atMs + MINUTE_MS }),
    ];
    const before = createTimeline();
    for (let second = 0; second <= 480; second += 2) {
      before.beat({ atMs: T0 + second * SECOND_MS, pools: pools(T0 + second * SECOND_MS) });
    }
    const after = createTimeline(undefined, loadStored(before.changes));
    const log: string[] = [];
    for (let second = 490; second <= 700; second += 2) {
      const changes = after.beat({ atMs: T0 + second * SECOND_MS, pools: pools(T0 + second * SECOND_MS) });
      for (const text of formatChanges(changes)) log.push(`${second} s ${text}`);
    }
    expect(log).toEqual(['600 s pressure: pending -> firing']);
  });

  it('resolves what ended while portcast was down, after it has watched for clearFor', () => {
    const before = createTimeline();
    for (const second of [0, 2, 4]) before.beat({ atMs: T0 + second * SECOND_MS, pools: [poolForecast()] });
    const after = createTimeline(undefined, loadStored(before.changes));
    const log: string[] = [];
    for (let second = 7200; second <= 7300; second += 2) {
      for (const text of formatChanges(after.beat({ atMs: T0 + second * SECOND_MS, pools: [] }))) {
        log.push(`${second} s ${text}`);
      }
    }
    expect(log).toEqual(['7200 s pressure: pending -> inactive', '7260 s imminent: firing -> resolved']);
  });
});
