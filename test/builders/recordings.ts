/**
 * Worlds, samples and recordings of simulated hosts. Tests that need such data take it from here, not from the
 * simulator.
 */
import type { HostReading, TableReading } from '../../daemon/contracts.js';
import { createRecorder } from '../../daemon/source/recording/recorder.js';
import type { FailedConnect } from '../../daemon/pool/failed-connect.js';
import { simulate } from '../tools/simulator/simulate.js';
import { LEARNED, limitsOf, SERVER, WALL_START, type World } from '../tools/simulator/world.js';

export { SERVER, WALL_START };

/**
 * One stream of connections to SERVER that this host closes first; `rate` gives the closes per second at ms after the
 * start.
 */
export function churn(rate: (ms: number) => number, more: Partial<World> = {}): World {
  return {
    limits: limitsOf(),
    granularity: LEARNED,
    streams: [{ to: [SERVER], rate, fate: 'time_wait' }],
    ...more,
  };
}

export interface SimulatedSample {
  readonly host: HostReading;
  readonly table: TableReading;
}

/** One sample every 2 s, from 0 to `seconds`. `failedAtMs` is when the first connect failed, in ms after the start. */
export function samplesOf(world: World, seconds: number): { samples: SimulatedSample[]; failedAtMs: number | null } {
  const simulation = simulate(world);
  const samples: SimulatedSample[] = [];
  for (let ms = 0; ms <= seconds * 1000; ms += 2000) {
    simulation.runTo(ms);
    const { limits, granularity } = world;
    samples.push({
      host: { limits, granularity, counters: simulation.counters() },
      table: { snapshot: simulation.snapshot(), source: { name: 'netlink', why: 'simulated' }, costMs: 1 },
    });
  }
  return { samples, failedAtMs: simulation.failedAt() };
}

interface RecordOptions {
  /** The name that the recording gives its host. */
  readonly hostName?: string;
  readonly seconds: number;
  readonly anonymize?: boolean;
  /** The failed connects that belong to the sample at `second`. Without it the recording holds no failed connects. */
  readonly failuresAt?: (second: number) => readonly FailedConnect[];
}

/** Records a world to a file. `failedAtMs` is when the first connect failed, in ms after the start. */
export function recordWorld(file: string, world: World, options: RecordOptions): { failedAtMs: number | null } {
  const { seconds, anonymize = false, failuresAt, hostName = 'web-1' } = options;
  const { samples, failedAtMs } = samplesOf(world, seconds);
  const recorder = createRecorder({ file, anonymize, hostName });
  samples.forEach(({ host, table }, index) => recorder.write(host, table, failuresAt?.(2 * index) ?? null));
  recorder.close();
  return { failedAtMs };
}
