/** Two recordings of real sockets with a range of 100 ports, in which bind(0) fails, through the whole pipeline. */
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DEFAULT_ALERT_SETTINGS } from '../../../daemon/alert/settings.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { createForecaster } from '../../../daemon/forecast/forecaster.js';
import { createRecordingReplay, type ReplaySample } from '../../../daemon/replay/recording-replay.js';
import { openRecording } from '../../../daemon/source/recording/recording.js';
import { MAX_SAMPLE_AGE_MS } from '../../fakes.js';

async function readSamples(name: string): Promise<ReplaySample[]> {
  const recording = openRecording(join(PACKAGE_ROOT, 'test', 'golden', 'recordings', name));
  try {
    await recording.header();
    const samples: ReplaySample[] = [];
    for await (const sample of recording) samples.push(sample);
    return samples;
  } finally {
    await recording.close();
  }
}

async function replay(name: string) {
  const samples = await readSamples(name);
  const { take, finish } = createRecordingReplay(DEFAULT_ALERT_SETTINGS, MAX_SAMPLE_AGE_MS);
  const forecaster = createForecaster();
  const forecasts = samples.flatMap((sample) => {
    take(sample);
    if (sample.table === null) return [];
    const { snapshot } = sample.table;
    return [
      { atMs: snapshot.takenAtMs, pools: forecaster.update({ ...sample.host, snapshot, intervalMs: 2000 }).pools },
    ];
  });
  return { forecasts, outcome: finish() };
}
const at = (time: string): number => Date.parse(`2026-11-27T${time}Z`);

describe('a recording', () => {
  it('of batches of 70 binds on loopback: exhausted without reuse from the second batch on, with an alert', async () => {
    const { forecasts, outcome } = await replay('bind-burst-loopback.rec');
    const withPools = forecasts.filter(({ pools }) => pools.length > 0);
    for (const { atMs, pools } of withPools) {
      expect(pools).toMatchObject([{ id: 'bind_host_127.32.0.1', kind: 'bind', reuse: 'none', capacity: 100 }]);
      const isSecond = atMs > at('17:44:29');
      expect(pools[0]?.used).toBe(isSecond ? 100 : 70);
      if (isSecond) expect(pools[0]?.mode).toBe('exhausted');
    }
    expect(withPools.length).toBeGreaterThan(15);
    const [alert] = outcome.alerts;
    expect(alert?.rule).toBe('imminent');
    expect(alert?.firedAtMs).toBeLessThan(at('17:44:31'));
  });

  it('of binds to 0.0.0.0 towards two addresses: one pool, and an alert well before bind() fails', async () => {
    const { forecasts, outcome } = await replay('bind-wildcard.rec');
    const failedAtMs = at('17:46:44');
    const known = forecasts.filter(({ atMs }) => atMs > at('17:46:12') && atMs < failedAtMs);
    expect(known.length).toBeGreaterThan(12);
    for (const { pools } of known) {
      expect(pools.map(({ id }) => id)).toEqual(['bind_host_0.0.0.0']);
      expect(pools[0]?.capacity).toBe(100);
      expect(pools[0]?.closeRate).toBeGreaterThan(1.7);
      expect(pools[0]?.closeRate).toBeLessThan(2.4);
      expect(pools[0]?.sustainableRate).toBeCloseTo(1.6, 1);
    }
    const imminent = outcome.alerts.filter(({ rule }) => rule === 'imminent');
    expect(imminent.map(({ verdict }) => verdict)).toEqual(['fulfilled']);
    expect(failedAtMs - (imminent[0]?.firedAtMs ?? Infinity)).toBeGreaterThan(20_000);
  });
});
