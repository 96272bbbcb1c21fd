/** The running daemon and a replay of what it saw come to the same: one truth, one oracle, one scorer. */
import { expect, it } from 'vitest';
import type { Alert } from '../../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { stepAlerts } from '../../../daemon/alert/step.js';
import { listFiringWarnings } from '../../../daemon/alert/promises.js';
import { createEvidenceCollector } from '../../../daemon/score/evidence.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import { createRecordingReplay } from '../../../daemon/replay/recording-replay.js';
import { openTestStore, type TestStore } from '../../builders/stores.js';
import { churn, samplesOf, type SimulatedSample } from '../../builders/recordings.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const SETTINGS = DEFAULT_ALERT_SETTINGS;

/** As a cycle of the daemon does it, with a restart after so many samples. */
function keep(test: TestStore, samples: readonly SimulatedSample[], restartAfter: number | null): void {
  let [forecaster, witness] = [createForecaster(), createEvidenceCollector()];
  let active: readonly Alert[] = [];
  samples.forEach(({ host, table: { snapshot } }, index) => {
    if (index === restartAfter) {
      test.reopen();
      [forecaster, witness] = [createForecaster(), createEvidenceCollector()];
    }
    const { limits, granularity } = host;
    const outcome = forecaster.update({ ...host, snapshot, intervalMs: 2000 });
    const evidence = witness.collect({ snapshot, limits, granularity, failures: null }, outcome);
    const { pools } = outcome;
    const { takenAtMs: nowMs, monotonicMs } = snapshot;
    test.beat({ atMs: nowMs, monotonicMs, pools, evidence, alarmed: listFiringWarnings(active, SETTINGS) });
    const beat = {
      hasNewSample: true,
      blindSinceMs: null,
      settings: SETTINGS,
      nowMs,
      untilNextStepMs: 2000,
      maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
    };
    active = stepAlerts({ active, pools, ...beat }).active;
  });
}

/** A burst that stops in time, and later a rate that does not. */
const DAY = churn((ms) => (ms < 60_000 ? 5 : ms < 85_000 ? 25 : ms < 300_000 ? 5 : ms < 400_000 ? 25 : 2));

it.each([
  ['without a break', null],
  ['across a restart while a warning is on', 160],
])('%s', (_name, restartAfter) => {
  const { samples, failedAtMs } = samplesOf(DAY, 800);
  const test = openTestStore();
  keep(test, samples, restartAfter);
  const replay = createRecordingReplay(SETTINGS, MAX_SAMPLE_AGE_MS);
  for (const sample of samples) replay.take(sample);
  const replayed = replay.finish();

  const kept = test.store.scoredEpisodes(10).filter(({ kind }) => kind === 'alarm');
  const told = replayed.alerts.filter(({ rule }) => rule === 'imminent');
  expect(kept.map(({ verdict }) => verdict).reverse()).toEqual(told.map(({ verdict }) => verdict));
  expect(told.map(({ verdict }) => verdict)).toEqual(['unfulfilled', 'fulfilled']);
  expect(kept.map(({ leadMs }) => leadMs).reverse()).toEqual(told.map(({ leadMs }) => leadMs && Math.round(leadMs)));
  test.store.flush();
  const failures = test.sql().prepare('SELECT failed_at_ms AS atMs, seen_by AS seenBy FROM failure').all();
  expect(failures).toEqual(replayed.failures.map(({ failedAtMs: atMs, seenBy }) => ({ atMs, seenBy })));
  const start = samples[0]?.table.snapshot.takenAtMs ?? 0;
  expect(Math.abs((replayed.failures[0]?.failedAtMs ?? 0) - start - (failedAtMs ?? 0))).toBeLessThan(100);
});
