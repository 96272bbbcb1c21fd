/**
 * The running daemon and a replay of what it saw give the same score: both use the same evidence and the same scorer.
 */
import { expect, it } from 'vitest';
import type { Alert } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { stepAlerts } from '../../../daemon/alert/step.js';
import { listFiringWarnings } from '../../../daemon/alert/promises.js';
import { createEvidenceCollector } from '../../../daemon/score/evidence.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import { createRecordingReplay } from '../../../daemon/replay/recording-replay.js';
import { requireValue } from '../../builders/require-value.js';
import { openTestStore, type TestStore } from '../../builders/stores.js';
import { churn, samplesOf, type SimulatedSample } from '../../builders/recordings.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const SETTINGS = DEFAULT_ALERT_SETTINGS;

/** Scores and stores the samples as the cycle of the daemon does, with a restart before the sample of that index. */
function runDaemon(test: TestStore, samples: readonly SimulatedSample[], restartAfter: number | null): void {
  let [forecaster, collector] = [createForecaster(), createEvidenceCollector()];
  let active: readonly Alert[] = [];
  samples.forEach(({ host, table: { snapshot } }, index) => {
    if (index === restartAfter) {
      test.reopen();
      [forecaster, collector] = [createForecaster(), createEvidenceCollector()];
    }
    const { limits, granularity } = host;
    const outcome = forecaster.update({ ...host, snapshot, intervalMs: 2000 });
    const evidence = collector.collect({ snapshot, limits, granularity, failures: null }, outcome);
    const { pools } = outcome;
    const { takenAtMs: nowMs, monotonicMs } = snapshot;
    test.beat({ atMs: nowMs, monotonicMs, pools, evidence, alarmed: listFiringWarnings(active, SETTINGS) });
    const step = stepAlerts({
      active,
      pools,
      hasNewSample: true,
      blindSinceMs: null,
      settings: SETTINGS,
      nowMs,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    });
    active = step.active;
  });
}

/** A burst that stops before the ports run out, and later a rate that goes on until they do. */
const BURST_AND_FAILURE = churn((ms) =>
  ms < 60_000 ? 5 : ms < 85_000 ? 25 : ms < 300_000 ? 5 : ms < 400_000 ? 25 : 2,
);

it.each([
  ['in one run', null],
  ['across a restart while a warning was on', 160],
])('a replay scores as the daemon did %s', (_name, restartAfter) => {
  const { samples, failedAtMs } = samplesOf(BURST_AND_FAILURE, 800);
  const test = openTestStore();
  runDaemon(test, samples, restartAfter);
  const replay = createRecordingReplay(SETTINGS, MAX_SAMPLE_AGE_MS);
  for (const sample of samples) replay.take(sample);
  const replayed = replay.finish();

  const kept = test.store.scoredEpisodes(10).filter(({ kind }) => kind === 'alarm');
  const imminent = replayed.alerts.filter(({ rule }) => rule === 'imminent');
  expect(kept.map(({ verdict }) => verdict).reverse()).toEqual(imminent.map(({ verdict }) => verdict));
  expect(imminent.map(({ verdict }) => verdict)).toEqual(['unfulfilled', 'fulfilled']);
  expect(kept.map(({ leadMs }) => leadMs).reverse()).toEqual(
    imminent.map(({ leadMs }) => leadMs && Math.round(leadMs)),
  );
  test.store.flush();
  const failures = test.sql().prepare('SELECT failed_at_ms AS atMs, seen_by AS seenBy FROM failure').all();
  expect(failures).toEqual(replayed.failures.map(({ failedAtMs: atMs, seenBy }) => ({ atMs, seenBy })));
  const startMs = requireValue(samples[0]).table.snapshot.takenAtMs;
  const replayedMs = requireValue(replayed.failures[0]).failedAtMs - startMs;
  expect(Math.abs(replayedMs - requireValue(failedAtMs))).toBeLessThan(100);
});
