/** What it costs to follow the changes of pools on a busy host: 500 pools, of which the tracker follows 50. */
import { join } from 'node:path';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { poolForecast } from '../../builders/forecasts.js';
import { benchRow, median, type BenchResult } from './bench.js';

const POOLS = 500;
const STEP_MS = 2000;
const MINUTE_MS = 60_000;
/** Until every followed pool has as many minutes as are kept. */
const WARM_UP = (200 * MINUTE_MS) / STEP_MS;
const MEASURED = (20 * MINUTE_MS) / STEP_MS;

type CreateChangeTracker = typeof import('../../../daemon/change/tracker.js').createChangeTracker;

/** The same pools use the most in every sample, so that the tracker follows them all the time. */
function createPools(scale: number): PoolForecast[] {
  return Array.from({ length: POOLS }, (_, index) => {
    const [used, live] = [scale * (index < 50 ? 240 : 120) * (0.9 + Math.random() * 0.2), 20 + Math.random() * 20];
    const numbers = { used, live, closeRate: used / 60, pressure: used / 1000, capacity: 1000, exhaustsAtMs: null };
    const remoteAddress = `10.1.${index >> 8}.${index & 255}`;
    return poolForecast({
      id: `connect_host_10.0.0.1_${remoteAddress}_443`,
      remoteAddress,
      probability: 0,
      ...numbers,
    });
  });
}

interface Costs {
  /** The CPU time in ms of a sample within a minute. */
  readonly within: number;
  /** Of the first sample of a minute, which looks for lasting changes. */
  readonly first: number;
  /** The greatest of those, in which the followed pools have all shifted. */
  readonly shifted: number;
  readonly found: number;
}

function measure(createChangeTracker: CreateChangeTracker): Costs {
  const tracker = createChangeTracker();
  const [before, after] = [1, 3].map((scale) => Array.from({ length: 8 }, () => createPools(scale)));
  const [within, first]: [number[], number[]] = [[], []];
  let found = 0;
  for (let sample = 0; sample < WARM_UP + MEASURED; sample++) {
    const ms = sample * STEP_MS;
    const pools = (sample < WARM_UP ? before : after)?.[sample % 8] ?? [];
    const start = process.cpuUsage();
    const { changes } = tracker.observe({
      atMs: Date.UTC(2026, 0, 5) + ms,
      monotonicMs: ms,
      pools,
      failures: [],
      settings: { 'net.ipv4.tcp_tw_reuse': '2' },
      holdMs: 62_048,
      maxSampleAgeMs: 15_000,
    });
    const used = process.cpuUsage(start);
    found += changes.length;
    const costs = ms % MINUTE_MS === 0 ? first : within;
    if (sample >= WARM_UP) costs.push((used.user + used.system) / 1000);
  }
  return { within: median(within), first: median(first), shifted: Math.max(...first), found };
}

export async function benchChanges(): Promise<BenchResult> {
  // The compiled code, as the daemon runs it.
  const file = join(PACKAGE_ROOT, 'dist', 'daemon', 'change', 'tracker.js');
  const { createChangeTracker } = (await import(file)) as { createChangeTracker: CreateChangeTracker };
  const { within, first, shifted, found } = measure(createChangeTracker);
  return {
    name: 'changes',
    rows: [
      benchRow('following the changes of 500 pools, one sample', within, { unit: 'ms', limit: 0.5 }),
      benchRow('the same in the first sample of a minute, which looks for lasting changes', first, {
        unit: 'ms',
        limit: 10,
      }),
      benchRow(`the greatest of those, with ${found} changes found at once`, shifted, { unit: 'ms', limit: 50 }),
    ],
    notes: [
      'CPU time over 20 minutes of samples 2 s apart, with 200 minutes of each of 50 followed pools in memory; without the reads of the store.',
    ],
  };
}
