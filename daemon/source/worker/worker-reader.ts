/** What the worker does: owns source and builder, and reads the host when asked. Knows nothing of threads. */
import type { OwnerReport } from '../../alert/alert.js';
import type { HostReading, OwnerQuery, SourceChoice, TableReading } from '../../contracts.js';
import { messageOf } from '../../errors.js';
import { createSnapshotBuilder, type SnapshotBuilder } from '../../snapshot/snapshot-builder.js';
import { createListenerMemory } from '../../snapshot/listener-memory.js';
import { UNKNOWN_GRANULARITY } from '../../host/release-granularity.js';
import { chooseSource, type ChosenSource } from '../choose.js';
import { NO_COUNTERS, readLinuxCounters } from '../linux/counters.js';
import { readTickRate } from '../linux/tick-rate.js';
import { assumedLimits, readLinuxLimits } from '../linux/limits.js';
import { readMonotonicMs } from '../../clock.js';
import { loadNative } from '../linux/netlink-native.js';
import { findOwners } from '../linux/owners.js';
import type { WorkerStart } from './protocol.js';
import { createReleaseWatch, openTimeWaitReader } from '../linux/release-watch.js';
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';

export interface WorkerReader {
  readonly choice: () => SourceChoice;
  readHost(): HostReading;
  readTable(): Promise<TableReading>;
  findOwners(query: OwnerQuery): OwnerReport;
  stop(): void;
}

/** T and the coarsest g: a row left over from a listener is gone after that (kernel rules 4, 12). */
const LISTENER_MEMORY_MS = TIME_WAIT_MS + UNKNOWN_GRANULARITY.timeWaitMs;
/** Dumps that must fail in a row before `auto` turns to the next source. */
const FAILURES_TO_FALL_OVER = 3;

/** Throws SOURCE_UNAVAILABLE when no source works. */
export async function openWorkerReader(start: WorkerStart, native = loadNative()): Promise<WorkerReader> {
  const { namespace, procRoot } = start;
  const avoid = { ...start.avoid };
  const choose = (): Promise<ChosenSource> => chooseSource({ source: start.source, procRoot, native, avoid });
  let source = await choose();
  let failures = 0;

  const memory = createListenerMemory(LISTENER_MEMORY_MS);
  if (start.listeners !== null) memory.remember(start.listeners.ports, start.listeners.monotonicMs);
  const builder = createSnapshotBuilder(memory);
  const cpuMs = 'problem' in native ? readMonotonicMs : () => native.threadCpuMs();

  const timeWaitReader = openTimeWaitReader(procRoot);
  const releases = createReleaseWatch({
    hz: ('problem' in native ? null : native.ticksPerSecond()) ?? readTickRate(procRoot),
    known: start.granularity,
    readMonotonicMs,
    readTimeWait: () => timeWaitReader.read(),
  });

  const dump = (): Promise<TableReading> => dumpTable(source, { builder, cpuMs, namespace });

  return {
    choice: () => source.choice,
    readHost() {
      const reading = readHostNow(procRoot);
      releases.beat(reading.counters.timeWait);
      return { ...reading, granularity: releases.granularity() };
    },
    async readTable() {
      try {
        const reading = await dump();
        failures = 0;
        return reading;
      } catch (error) {
        failures++;
        if (start.source !== 'auto' || failures < FAILURES_TO_FALL_OVER) throw error;
        const { name } = source.choice;
        avoid[name as keyof typeof avoid] = `it failed ${failures} times in a row: ${messageOf(error)}`;
        source.table.close();
        source = await choose();
        failures = 0;
        return await dump();
      } finally {
        releases.disturbed();
      }
    },
    findOwners: (query) => findOwners(query, { procRoot, readMonotonicMs }),
    stop() {
      releases.stop();
      timeWaitReader.close();
      source.table.close();
    },
  };
}

interface DumpOptions {
  readonly builder: SnapshotBuilder;
  readonly cpuMs: () => number;
  readonly namespace: string;
}

async function dumpTable({ table, choice }: ChosenSource, options: DumpOptions): Promise<TableReading> {
  const { builder, namespace } = options;
  const { hasTimers, hasBoundInactive } = table;
  // The thread's own CPU time says nothing of the commands a source runs: for those, the time they take.
  const costOf = table.name === 'systeminformation' ? readMonotonicMs : options.cpuMs;
  const [wallMs, startMs, costStart] = [Date.now(), readMonotonicMs(), costOf()];
  const { interrupted } = await table.dump(builder);
  const halfMs = (readMonotonicMs() - startMs) / 2;
  const instant = { takenAtMs: Math.round(wallMs + halfMs), monotonicMs: startMs + halfMs };
  const snapshot = builder.finish({ namespace, ...instant, interrupted, hasTimers, hasBoundInactive });
  return { snapshot, source: choice, costMs: costOf() - costStart };
}

function readHostNow(procRoot: string): Omit<HostReading, 'granularity'> {
  const linux = process.platform === 'linux';
  const limits = linux ? readLinuxLimits(procRoot) : assumedLimits(process.platform);
  const values = linux ? readLinuxCounters(procRoot) : NO_COUNTERS;
  return { limits, counters: { takenAtMs: Date.now(), monotonicMs: readMonotonicMs(), ...values } };
}
