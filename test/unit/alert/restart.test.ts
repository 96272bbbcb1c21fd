import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import { calmForecast, poolForecast, T0 } from '../../builders/forecasts.js';
import { shown, timeline, type Beat } from '../../builders/alert-timeline.js';

const S = 1000;

/** Beats with two pools that come, go and change, gaps, blindness and clock jumps. */
const beats = fc
  .array(
    fc.record({
      passMs: fc.oneof(
        { weight: 8, arbitrary: fc.constant(2 * S) },
        { weight: 1, arbitrary: fc.integer({ min: -9e6, max: 9e6 }) },
      ),
      fresh: fc.boolean(),
      blind: fc.boolean(),
      pools: fc.array(
        fc.record({
          id: fc.constantFrom('a', 'b'),
          probability: fc.option(fc.constantFrom(0, 0.3, 0.6, 1)),
          pressure: fc.option(fc.constantFrom(0.1, 0.85, 0.95)),
          used: fc.constantFrom(10, 750, 900),
          mode: fc.constantFrom('steady' as const, 'churn' as const, 'leak' as const, 'exhausted' as const),
          leftMs: fc.option(fc.constantFrom(20 * S, 1800 * S, 9000 * S)),
        }),
        { maxLength: 2 },
      ),
    }),
    { minLength: 1, maxLength: 120 },
  )
  .map((steps) => {
    let atMs = T0;
    return steps.map(({ passMs, fresh, blind, pools }): Beat => {
      atMs += passMs;
      const forecasts = new Map(
        pools.map(({ leftMs, ...rest }) => [
          rest.id,
          poolForecast({ ...rest, sampledAtMs: atMs, exhaustsAtMs: leftMs === null ? null : atMs + leftMs }),
        ]),
      );
      return {
        atMs,
        pools: fresh && !blind ? [...forecasts.values()] : null,
        blindSinceMs: blind ? atMs - 2 * S : null,
      };
    });
  });

describe('a restart', () => {
  it('with the alerts taken through JSON continues as if it had never been', () => {
    fc.assert(
      fc.property(beats, fc.nat({ max: 119 }), (line, cut) => {
        const through = timeline();
        const restarted = timeline();
        line.forEach((beat, index) => {
          if (index === cut) restarted.active = JSON.parse(JSON.stringify(restarted.active)) as Alert[];
          expect(restarted.beat(beat)).toEqual(through.beat(beat));
        });
        expect(restarted.active).toEqual(through.active);
      }),
      { numRuns: 300 },
    );
  });

  it('keeps one alert per rule and pool, and every change starts where the last one ended', () => {
    fc.assert(
      fc.property(beats, (line) => {
        const run = timeline();
        const state = new Map<string, string>();
        for (const beat of line) {
          for (const { from, to, alert } of run.beat(beat)) {
            const key = `${alert.rule} ${alert.poolId ?? ''}`;
            expect(from).toBe(state.get(key) ?? 'inactive');
            state.set(key, to === 'resolved' ? 'inactive' : to);
          }
          const keys = run.active.map((alert) => `${alert.rule} ${alert.poolId ?? ''}`);
          expect(new Set(keys).size).toBe(keys.length);
          for (const alert of run.active) {
            expect(alert.lastSeenAtMs - alert.pendingAtMs).toBeGreaterThanOrEqual(0);
            expect(state.get(`${alert.rule} ${alert.poolId ?? ''}`)).toBe(alert.state);
          }
        }
      }),
      { numRuns: 300 },
    );
  });

  /** What the store would load: each alert as the last change left it. */
  function committed(changes: readonly AlertChange[]): Alert[] {
    const kept = new Map<string, Alert>();
    for (const { to, alert } of changes) {
      if (to === 'pending' || to === 'firing') kept.set(alert.id, alert);
      else kept.delete(alert.id);
    }
    return JSON.parse(JSON.stringify([...kept.values()])) as Alert[];
  }

  it('from what was stored neither repeats a firing alert nor forgets the wait of a long pending one', () => {
    const pools = (atMs: number) => [
      calmForecast({ pressure: 0.95, sampledAtMs: atMs, probability: 0.9, exhaustsAtMs: atMs + 60 * S }),
    ];
    const before = timeline();
    for (let second = 0; second <= 480; second += 2)
      before.beat({ atMs: T0 + second * S, pools: pools(T0 + second * S) });
    const after = timeline(undefined, committed(before.changes));
    const fired: string[] = [];
    for (let second = 490; second <= 700; second += 2) {
      for (const text of shown(after.beat({ atMs: T0 + second * S, pools: pools(T0 + second * S) })))
        fired.push(`${second} s ${text}`);
    }
    expect(fired).toEqual(['600 s pressure: pending -> firing']);
  });

  it('resolves what ended while portcast was down, after it has watched for clearFor', () => {
    const before = timeline();
    for (const second of [0, 2, 4]) before.beat({ atMs: T0 + second * S, pools: [poolForecast()] });
    const after = timeline(undefined, committed(before.changes));
    const resolved: string[] = [];
    for (let second = 7200; second <= 7300; second += 2) {
      for (const text of shown(after.beat({ atMs: T0 + second * S, pools: [] }))) resolved.push(`${second} s ${text}`);
    }
    expect(resolved).toEqual(['7200 s pressure: pending -> inactive', '7260 s imminent: firing -> resolved']);
  });
});
