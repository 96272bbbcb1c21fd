import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import type { FailedConnect } from '../../../daemon/pool/failed-connect.js';
import type { ReplayOutcome } from '../../../daemon/replay/outcome.js';
import { createRecordingReplay, type ReplaySample } from '../../../daemon/replay/recording-replay.js';
import { churn, samplesOf, SERVER, WALL_START, type SimulatedSample } from '../../builders/recordings.js';
import { requireValue } from '../../builders/require-value.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const SETTINGS = DEFAULT_ALERT_SETTINGS;

function replay(samples: readonly ReplaySample[], settings = SETTINGS): ReplayOutcome {
  const { take, finish } = createRecordingReplay(settings, MAX_SAMPLE_AGE_MS);
  for (const sample of samples) take(sample);
  return finish();
}
const step = (rate: number) => churn((ms) => (ms < 20_000 ? 0 : rate));
/** Seconds after the start; an instant that is missing fails the test. */
const secondsAt = (ms: number | null | undefined): number => (requireValue(ms) - WALL_START) / 1000;
const withoutTable = (sample: SimulatedSample): ReplaySample => ({ ...sample, table: null });

describe('a replay', () => {
  it('of 25 closes per second on 1,000 ports has an alert well ahead and forecasts that hold', () => {
    const { samples, failedAtMs } = samplesOf(step(25), 90);
    const { alerts, failures, score, pools } = replay(samples);
    expect(pools).toBe(1);
    const [failure] = failures;
    expect(failure?.seenBy).toBe('timers');
    expect(Math.abs(secondsAt(failure?.failedAtMs) - requireValue(failedAtMs) / 1000)).toBeLessThan(0.1);
    const imminent = alerts.filter(({ rule }) => rule === 'imminent');
    expect(imminent).toHaveLength(1);
    expect(imminent[0]).toMatchObject({ verdict: 'fulfilled', destination: '10.0.0.2:443', mail: true });
    expect(imminent[0]?.reference).toBeGreaterThan(0.99);
    expect(secondsAt(imminent[0]?.firedAtMs)).toBeLessThanOrEqual(28);
    expect(imminent[0]?.leadMs).toBeGreaterThan(30_000);
    expect(score).toMatchObject({ failures: 1, missed: 0, leadLeastMs: imminent[0]?.leadMs });
    expect(score.forecasts.scored).toBeGreaterThan(10);
    expect(score.forecasts.errorMedianMs).toBeLessThan(2000);
    expect(score.forecasts.coverage).toBeGreaterThan(0.85);
  });

  it('leaves out tables whose clock has not advanced, and counts them', () => {
    const { samples } = samplesOf(step(12), 20);
    const { take, finish, repeated } = createRecordingReplay(SETTINGS, MAX_SAMPLE_AGE_MS);
    for (const sample of [...samples, ...samples]) take(sample);
    expect(repeated()).toBe(samples.length);
    expect(finish()).toEqual(replay(samples));
  });

  it('of 12 closes per second has no alert and no failure', () => {
    const { alerts, failures, score } = replay(samplesOf(step(12), 200).samples);
    expect(alerts).toEqual([]);
    expect(failures).toEqual([]);
    expect(score).toMatchObject({
      failures: 0,
      missed: 0,
      leadMedianMs: null,
      forecasts: { scored: 0, coverage: null },
    });
  });

  const burst = churn((ms) => (ms < 20_000 ? 5 : ms < 45_000 ? 25 : 5));
  it('of a burst that stops has an unfulfilled alert: it was right when it fired', () => {
    const { alerts, score } = replay(samplesOf(burst, 200).samples);
    expect(alerts.map(({ rule, verdict }) => [rule, verdict])).toEqual([['imminent', 'unfulfilled']]);
    expect(alerts[0]?.resolvedAtMs).not.toBeNull();
    expect(score.episodes).toEqual({ fulfilled: 0, late: 0, unfulfilled: 1, unjustified: 0, undecided: 0 });
  });

  it('of an alert that fires at a rate that does not last has an unjustified one', () => {
    // The alert fires on the first table of a rush of 2 s. Then the rate settles below the limit.
    const nervous = { ...SETTINGS, imminent: { ...SETTINGS.imminent, raise: 0.05, clear: 0.05, forMs: 0 } };
    const { samples } = samplesOf(
      churn((ms) => (ms < 20_000 ? 0 : ms < 22_000 ? 30 : 10)),
      200,
    );
    const { alerts, score } = replay(samples, nervous);
    expect(alerts.filter(({ rule }) => rule === 'imminent').map(({ verdict }) => verdict)).toContain('unjustified');
    expect(score.episodes.unjustified).toBeGreaterThan(0);
  });

  it('that ends before the outcome of an alert is known leaves it undecided', () => {
    const { alerts, score } = replay(samplesOf(burst, 32).samples);
    expect(alerts.map(({ verdict }) => verdict)).toEqual(['undecided']);
    expect(score.episodes.undecided).toBe(1);
  });

  it('that begins with a full pool does not count that failure, and its alert is late', () => {
    const { samples } = samplesOf(step(25), 120);
    const { failures, alerts, score } = replay(samples.slice(31));
    expect(failures.map(({ afterAtMs }) => afterAtMs)).toEqual([null]);
    expect(alerts.find(({ rule }) => rule === 'imminent')?.verdict).toBe('late');
    expect(score).toMatchObject({ failures: 0, missed: 0 });
  });

  it('with a `for` that is longer than the forecast misses the failure', () => {
    const slow = { ...SETTINGS, imminent: { ...SETTINGS.imminent, forMs: 600_000 } };
    const { score } = replay(samplesOf(step(25), 90).samples, slow);
    expect(score).toMatchObject({ failures: 1, missed: 1, leadMedianMs: null });
  });

  it('with a threshold that no forecast reaches misses the failure', () => {
    const never = { ...SETTINGS, imminent: { ...SETTINGS.imminent, raise: 1, forMs: 600_000 } };
    const { score } = replay(samplesOf(step(25), 90).samples, never);
    expect(score).toMatchObject({ failures: 1, missed: 1, leadMedianMs: null });
  });

  it('takes the instant of the first failed connect where failed connects were watched', () => {
    const { samples, failedAtMs } = samplesOf(step(25), 90);
    const failed: FailedConnect = {
      atMs: WALL_START + requireValue(failedAtMs),
      kind: 'connect',
      localAddress: null,
      remoteAddress: SERVER.remote,
      remotePort: SERVER.port,
      pid: 1,
      name: 'client',
    };
    const other = { ...failed, atMs: WALL_START + 1000, remotePort: 80 };
    const due = Math.ceil(requireValue(failedAtMs) / 2000);
    const watched = samples.map((sample, index) => ({
      ...sample,
      failures: index === due ? [failed] : index === 15 ? [other] : [],
    }));
    // The table just before the failed connect is left out, because it is already full.
    const { failures } = replay(watched.filter((_, index) => index !== due - 1));
    expect(failures).toMatchObject([{ afterAtMs: failed.atMs, beforeAtMs: failed.atMs, seenBy: 'connects' }]);
  });

  it('lets time pass at a record without a table', () => {
    const { samples } = samplesOf(step(25), 90);
    const all = replay(samples);
    const sparse = replay(samples.map((sample, index) => (index % 4 === 0 ? sample : withoutTable(sample))));
    expect(sparse.samples).toBe(Math.ceil(samples.length / 4));
    expect(sparse.alerts.map(({ rule }) => rule)).toEqual(all.alerts.map(({ rule }) => rule));
  });

  it('gives the same result for the same recording', () => {
    const { samples } = samplesOf(burst, 100);
    expect(replay(samples)).toEqual(replay(samples));
  });

  it('of no records is empty', () =>
    expect(replay([])).toMatchObject({ fromMs: null, samples: 0, alerts: [], failures: [] }));
});
