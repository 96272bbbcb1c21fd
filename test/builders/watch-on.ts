/** A forecaster that samples a simulated world beyond its first failure, with or without counted failures. */
import { createForecaster } from '../../daemon/forecast/forecaster.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { FailedConnect } from '../../daemon/pool/failed-connect.js';
import { simulate, type Simulation } from '../tools/simulator/simulate.js';
import { WALL_START, type World } from '../tools/simulator/world.js';

export interface SampleAt {
  /** Seconds after the start. */
  readonly at: number;
  /** The forecast of the worst pool. */
  readonly forecast: PoolForecast;
  /** The connects and binds that failed since the sample before. */
  readonly failed: number;
}

interface WatchOptions {
  readonly seconds: number;
  readonly firstMs?: number;
  readonly stepMs?: number;
  /** From and to which no sample is taken, in ms: the daemon does not run. */
  readonly gapMs?: readonly [number, number];
  /** Whether the daemon sees the failures; not by default. */
  readonly countsFailures?: boolean;
}

/** Samples a world every `stepMs` (2 s) from `firstMs` (0.7 s) on. Samples without a pool are left out. */
export function watchOn(world: World, options: WatchOptions): SampleAt[] {
  const simulation = simulate(world);
  const forecaster = createForecaster();
  const readFailures = createReader(simulation);
  const stepMs = options.stepMs ?? 2000;
  const samples: SampleAt[] = [];
  for (let atMs = options.firstMs ?? 700; atMs <= options.seconds * 1000; atMs += stepMs) {
    const [fromMs, toMs] = options.gapMs ?? [0, 0];
    if (atMs > fromMs && atMs < toMs) continue;
    simulation.runTo(atMs);
    const failures = readFailures();
    const [forecast] = forecaster.update({
      snapshot: simulation.snapshot(),
      limits: simulation.limits(),
      granularity: world.granularity,
      counters: simulation.counters(),
      intervalMs: stepMs,
      failures: options.countsFailures === true ? failures : null,
    }).pools;
    if (forecast !== undefined) samples.push({ at: atMs / 1000, forecast, failed: failures.length });
  }
  return samples;
}

function createReader(simulation: Simulation): () => FailedConnect[] {
  let read = 0;
  return () => {
    const unread = simulation.failures().slice(read);
    read += unread.length;
    return unread.map(({ atMs, to, syscall }) => ({
      atMs: WALL_START + atMs,
      kind: syscall,
      localAddress: to.local,
      remoteAddress: syscall === 'bind' ? null : to.remote,
      remotePort: syscall === 'bind' ? null : to.port,
      pid: 7,
      name: 'client',
    }));
  };
}
