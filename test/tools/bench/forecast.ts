/** What a forecast costs on a busy host: 500 pools over 28,000 rows, and one pool with all of them. */
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { toSnapshot } from '../simulator/snapshot.js';
import { releaseInstant } from '../simulator/wheel.js';
import { LEARNED, limitsOf } from '../simulator/world.js';
import { benchRow, median, type BenchResult } from './bench.js';
import { NO_COUNTERS } from '../../../daemon/host/counters.js';

const ROWS = 28_000;
const SAMPLES = 60;
const STEP_MS = 2000;
/** The TIME_WAIT rows at one instant of a host that closes `ROWS` connections in 60 s, spread over the destinations. */
function rowsAt(now: number, pools: number) {
  const place = (index: number): number => (pools === 1 ? index % ROWS : 2 * ((index * 37) % 14_116));
  const gap = 60_000 / ROWS;
  const newest = Math.floor(now / gap);
  return Array.from({ length: ROWS }, (_, i) => {
    const index = newest - i;
    const expiresAt = index * gap + 60_000;
    return {
      to: { local: '10.0.0.1', remote: `10.1.${(index % pools) >> 8}.${(index % pools) & 255}`, port: 443 },
      // connect() takes the even ports first, and destinations share them.
      localPort: 32_768 + place(index),
      state: STATE.TIME_WAIT,
      expiresAt,
      releasedAt: releaseInstant(expiresAt, 2048, 0),
    };
  });
}

type CreateForecaster = typeof import('../../../daemon/forecast/forecaster.js').createForecaster;

/** The median time in ms of an update, with the memory of the updates before it. */
function measure(createForecaster: CreateForecaster, pools: number): number {
  const forecaster = createForecaster();
  const limits = limitsOf({ range: { first: 32_768, last: 60_999 } });
  const costs: number[] = [];
  // Made before the measurement, so that the garbage of the model is not counted as the forecast's.
  const snapshots = Array.from({ length: SAMPLES }, (_, sample) => {
    const now = 100_000 + sample * STEP_MS;
    return toSnapshot(rowsAt(now, pools), now);
  });
  for (const snapshot of snapshots) {
    const counters = { takenAtMs: snapshot.takenAtMs, monotonicMs: snapshot.monotonicMs, ...NO_COUNTERS };
    const start = process.cpuUsage();
    forecaster.update({ snapshot, limits, granularity: LEARNED, counters, intervalMs: STEP_MS });
    const used = process.cpuUsage(start);
    costs.push((used.user + used.system) / 1000);
  }
  return median(costs.slice(SAMPLES / 2));
}

export async function benchForecast(): Promise<BenchResult> {
  // The compiled code, as the daemon runs it: tsx adds a call to each inner function, which is a sixth of the time.
  const file = join(PACKAGE_ROOT, 'dist', 'daemon', 'forecast', 'forecaster.js');
  const { createForecaster } = (await import(file)) as { createForecaster: CreateForecaster };
  return {
    name: 'forecast',
    rows: [
      benchRow('forecast of 500 pools over 28,000 rows', measure(createForecaster, 500), { unit: 'ms', limit: 5 }),
      benchRow('forecast of one pool of 28,000 rows, near its limit', measure(createForecaster, 1), {
        unit: 'ms',
        limit: 20,
      }),
    ],
    notes: ['CPU time of pools, rates, queue forecast and text, median of 30 samples 2 s apart after 30 to warm up.'],
  };
}
