/** The simulated host of a scene, as the source of a daemon. */
import type { OwnerFinder } from '../../../../daemon/contracts.js';
import type { GlanceReader } from '../../../../daemon/dump-contracts.js';
import { createSyntheticHost } from '../../../../daemon/drill/synthetic-host.js';
import type { FailedConnect } from '../../../../daemon/pool/failed-connect.js';
import type { FailureSource } from '../../../../daemon/source/linux/tracing/failed-connects.js';
import type { Source } from '../../../../daemon/source/worker/supervisor.js';
import { createFailureReader, withCloseWait } from '../../../builders/simulated-failures.js';
import { simulate } from '../../simulator/simulate.js';
import { WALL_START } from '../../simulator/world.js';
import type { DemoClock } from './clock.js';
import type { DemoScene } from './scene.js';

interface SimulatedHost {
  readonly source: Source;
  readonly glances: GlanceReader;
  readonly failures: FailureSource;
}

const NO_OWNERS = { processes: [], why: 'nobody owns the connections of this simulated host' };

/** The same scene gives the same sockets in every run. */
export function openSimulatedHost(scene: DemoScene, clock: DemoClock): SimulatedHost {
  const { world } = scene;
  if (world === 'drill') return openDrillHost(clock);
  const simulation = simulate(world);
  const now = (): void => simulation.runTo(clock.simulatedMs());
  /** The simulator has a wall clock of its own. */
  const onOurClock = <T extends { readonly takenAtMs: number }>(reading: T): T => ({
    ...reading,
    takenAtMs: reading.takenAtMs - WALL_START + clock.startMs,
  });
  const choice = { name: 'recording', why: 'a simulated host, for development' } as const;
  const source: Source = {
    choice,
    readHost() {
      now();
      const counters = onOurClock(simulation.counters());
      return Promise.resolve({ limits: simulation.limits(), granularity: world.granularity, counters });
    },
    readTable() {
      if (isBlind(scene, clock)) return Promise.reject(new Error('the socket table of this demo cannot be read'));
      now();
      const snapshot = withCloseWait(simulation.snapshot(), scene.closeWaitBeyond ?? Infinity);
      return Promise.resolve({ snapshot: onOurClock(snapshot), source: choice, costMs: 1 });
    },
    findOwners: createOwnerFinder(scene),
    stop: () => Promise.resolve(),
  };
  const glances: GlanceReader = {
    readHeldPorts() {
      now();
      const { inUse, timeWait } = simulation.counters();
      return (inUse ?? 0) + (timeWait ?? 0);
    },
    readActiveOpens: () => simulation.counters().activeOpens,
    close: () => undefined,
  };
  const { failingProcesses } = scene;
  const take = failingProcesses === undefined ? null : createFailureReader(simulation, failingProcesses, clock.startMs);
  return { source, glances, failures: createFailures(take) };
}

/** What `portcast drill` watches where it may make no network namespace. As in a drill, the client stops when a connect failed. */
function openDrillHost(clock: DemoClock): SimulatedHost {
  const host = createSyntheticHost(clock);
  const choice = { name: 'recording', why: 'the synthetic host of portcast drill' } as const;
  const source: Source = {
    ...host,
    choice,
    readTable() {
      if (host.firstFailureMs() !== null) host.stopBurning();
      return host.readTable();
    },
    stop: () => host.close(),
  };
  const glances = { readHeldPorts: () => null, readActiveOpens: () => null, close: () => undefined };
  return { source, glances, failures: createFailures(null) };
}

/** The last seconds before the present, and all time after it. */
function isBlind({ blindForSeconds, pastSeconds }: DemoScene, clock: DemoClock): boolean {
  return blindForSeconds !== undefined && clock.simulatedMs() > (pastSeconds - blindForSeconds) * 1000;
}

function createOwnerFinder({ owners = [] }: DemoScene): OwnerFinder['findOwners'] {
  const processes = owners.map(({ pid, name, share }) => ({ pid, name, confidence: share }));
  const report = processes.length === 0 ? NO_OWNERS : { processes, why: null };
  return (queries) => Promise.resolve({ reports: queries.map(() => report), costMs: 0 });
}

/** @param take null where failed connects are not counted */
function createFailures(take: (() => FailedConnect[]) | null): FailureSource {
  const offBecause = take === null ? 'this demo does not count them (sampling.failures)' : null;
  let counted = 0;
  return {
    readFailures() {
      const failures = take?.() ?? [];
      counted += failures.length;
      return { offBecause, failures };
    },
    stats: () => ({ offBecause, counted, lost: 0 }),
    stop: () => undefined,
  };
}
