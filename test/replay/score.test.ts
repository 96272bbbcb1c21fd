import { describe, expect, it } from 'vitest';
import type { ReplayedFailure } from '../../daemon/replay/outcome.js';
import { scoreReplay, type FiredAlert } from '../../daemon/replay/score.js';

const alert = (fromS: number, toS: number | null, more: Partial<FiredAlert> = {}): FiredAlert => ({
  rule: 'imminent',
  poolId: 'p',
  destination: '10.0.0.2:443',
  severity: 'critical',
  mail: true,
  summary: '',
  pendingAtMs: fromS * 1000 - 4000,
  firedAtMs: fromS * 1000,
  resolvedAtMs: toS === null ? null : toS * 1000,
  oracle: 1,
  ...more,
});
const failure = (second: number, more: Partial<ReplayedFailure> = {}): ReplayedFailure => ({
  poolId: 'p',
  destination: '10.0.0.2:443',
  afterMs: second * 1000 - 1000,
  beforeMs: second * 1000 + 1000,
  untilMs: second * 1000 + 1000,
  seenBy: 'table',
  ...more,
});
const score = (
  fired: FiredAlert[],
  failures: ReplayedFailure[] = [],
  forecasts: { errorMs: number; held: boolean }[] = [],
) => scoreReplay({ fired, failures, forecasts, endMs: 1_000_000 });
const verdicts = (...args: Parameters<typeof score>) => score(...args).alerts.map(({ verdict }) => verdict);

describe('verdicts', () => {
  it.each([
    ['the failure fell into it', [alert(10, 100)], [failure(50)], ['fulfilled']],
    ['still firing, and it came', [alert(10, null)], [failure(50)], ['fulfilled']],
    ['still firing, and nothing came yet', [alert(10, null)], [], ['undecided']],
    ['nothing followed', [alert(10, 100, { oracle: null })], [], ['undecided']],
    ['the true rate would have exhausted', [alert(10, 100, { oracle: 0.9 })], [], ['unfulfilled']],
    ['the true rate would not', [alert(10, 100, { oracle: 0.1 })], [], ['unjustified']],
    ['fired while full', [alert(51, 100)], [failure(50, { untilMs: 60_000 })], ['late']],
    ['the failure was of another pool', [alert(10, 100)], [failure(50, { poolId: 'q' })], ['unfulfilled']],
    ['a level promises nothing', [alert(10, 100, { rule: 'pressure' })], [failure(50)], ['level']],
  ] as const)('%s', (_name, fired, failures, expected) => {
    expect(verdicts([...fired], [...failures])).toEqual(expected);
  });

  it('are of the episode: gaps below a minute are none', () => {
    const close = [alert(10, 100), alert(130, 200)];
    expect(verdicts(close, [failure(150)])).toEqual(['fulfilled', 'fulfilled']);
    expect(score(close, [failure(150)]).score.episodes.fulfilled).toBe(1);
    const far = [alert(10, 100), alert(170, 300)];
    expect(verdicts(far, [failure(200)])).toEqual(['unfulfilled', 'fulfilled']);
  });
});

describe('leads', () => {
  it('run from the start of the last unbroken warning', () => {
    const { score: found, alerts } = score([alert(10, 100), alert(130, 200)], [failure(150)]);
    expect(found).toMatchObject({ failures: 1, missed: 0, leadMedianMs: 20_000, leadLeastMs: 20_000 });
    expect(alerts.map(({ leadMs }) => leadMs)).toEqual([null, 20_000]);
  });

  it('take overlapping warnings of two rules as one', () => {
    const both = [alert(10, 100, { rule: 'leak' }), alert(90, 200)];
    expect(score(both, [failure(150)]).score.leadMedianMs).toBe(140_000);
  });

  it('count what nothing warned of as missed, but not what was there from the start', () => {
    expect(score([], [failure(50), failure(0, { afterMs: null })]).score).toMatchObject({
      failures: 1,
      missed: 1,
      leadMedianMs: null,
    });
  });
});

it('forecasts: median and 95% by nearest rank, share held', () => {
  const forecasts = Array.from({ length: 20 }, (_, i) => ({ errorMs: i % 2 === 0 ? i : -i, held: i < 15 }));
  expect(score([], [], forecasts).score.forecasts).toEqual({
    scored: 20,
    errorMedianMs: 9,
    errorP95Ms: 18,
    coverage: 0.75,
  });
});
