/** The work of the source worker, without its messages: owns the table source, the host source and the snapshot builder. */
import type { OwnerSearch } from '../../alert/alert.js';
import { readMonotonicMs } from '../../clock.js';
import type { HostReading, OwnerQuery, SourceChoice, TableReading } from '../../contracts.js';
import { messageOf } from '../../errors.js';
import { TIME_WAIT_MS } from '../../host/kernel-constants.js';
import { boundGranularityMs, UNKNOWN_GRANULARITY } from '../../host/release-granularity.js';
import { createListenerMemory } from '../../snapshot/listener-memory.js';
import { createEndCounter, type EndCounter } from '../../snapshot/port-ends.js';
import { createSnapshotBuilder, type SnapshotBuilder } from '../../snapshot/snapshot-builder.js';
import { chooseSource, openHostSource, type ChosenSource } from '../choose.js';
import { loadNative } from '../linux/netlink-native.js';
import type { WorkerStart } from './protocol.js';

export interface WorkerReader {
  readonly choice: () => SourceChoice;
  /** Throws LIMITS_UNREADABLE. */
  readHost(): HostReading;
  /** Throws the errors of the source; `auto` goes on with another source when one has failed three times in a row. */
  readTable(askedPorts?: readonly number[]): Promise<TableReading>;
  findOwners(queries: readonly OwnerQuery[]): OwnerSearch;
  stop(): void;
}

/** How long a listener is remembered until the host was first read. */
const LISTENER_MEMORY_MS = TIME_WAIT_MS + UNKNOWN_GRANULARITY.timeWaitMs;
/** So many dumps in a row must fail before `auto` turns to the next source. */
const FAILURES_TO_FALL_OVER = 3;

/** @throws SOURCE_UNAVAILABLE when no source works. */
export async function openWorkerReader(start: WorkerStart, native = loadNative()): Promise<WorkerReader> {
  const { namespace, procRoot, granularity } = start;
  const avoid = { ...start.avoid };
  const choose = (): Promise<ChosenSource> => chooseSource({ source: start.source, procRoot, native, avoid });
  let source = await choose();
  let failures = 0;

  const host = openHostSource({ procRoot, native, granularity });
  const listeners = createListenerMemory(LISTENER_MEMORY_MS);
  if (start.listeners !== null) listeners.remember(start.listeners.ports, start.listeners.monotonicMs);
  const ends = createEndCounter();
  const builder = createSnapshotBuilder(listeners, ends);
  const cpuMs = 'problem' in native ? readMonotonicMs : () => native.threadCpuMs();
  const dump = (askedPorts: readonly number[]): Promise<TableReading> =>
    dumpTable(source, { builder, ends, askedPorts, cpuMs, namespace });

  return {
    choice: () => source.choice,
    readHost() {
      const { counters, ...facts } = host.readFacts();
      // T and the coarsest g. After that time no connection of a listener that has closed is left (kernel rules 4, 12).
      const { timeWaitMs } = facts.limits;
      listeners.keepFor(timeWaitMs + boundGranularityMs(timeWaitMs, null));
      const instant = { takenAtMs: Date.now(), monotonicMs: readMonotonicMs() };
      return { ...facts, counters: { ...instant, ...counters } };
    },
    async readTable(askedPorts = []) {
      let reading: TableReading | null = null;
      try {
        reading = await dump(askedPorts);
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
        reading = await dump(askedPorts);
        return reading;
      } finally {
        host.noteTableRead(
          reading === null ? null : { snapshot: reading.snapshot, hasTicks: source.table.name === 'netlink' },
        );
      }
    },
    findOwners(queries) {
      const startMs = cpuMs();
      const reports = host.findOwners(queries);
      return { reports, costMs: cpuMs() - startMs };
    },
    stop() {
      host.stop();
      source.table.close();
    },
  };
}

interface DumpOptions {
  readonly builder: SnapshotBuilder;
  readonly ends: EndCounter;
  readonly askedPorts: readonly number[];
  readonly cpuMs: () => number;
  readonly namespace: string;
}

/** Dumps the table into a snapshot, whose instant is the middle of the dump. */
async function dumpTable({ table, choice }: ChosenSource, options: DumpOptions): Promise<TableReading> {
  const { builder, ends, askedPorts, namespace } = options;
  const { hasTimers, hasBoundInactive } = table;
  // systeminformation runs commands, whose CPU time is not that of this thread. The elapsed time is used instead.
  const costOf = table.name === 'systeminformation' ? readMonotonicMs : options.cpuMs;
  const [wallMs, startMs, costStart] = [Date.now(), readMonotonicMs(), costOf()];
  ends.begin(askedPorts);
  const { interrupted } = await table.dump(builder);
  const halfMs = (readMonotonicMs() - startMs) / 2;
  const instant = { takenAtMs: Math.round(wallMs + halfMs), monotonicMs: startMs + halfMs };
  const snapshot = builder.finish({ namespace, ...instant, interrupted, hasTimers, hasBoundInactive });
  const counted = askedPorts.length === 0 ? {} : { ends: ends.collect() };
  return { snapshot, source: choice, costMs: costOf() - costStart, ...counted };
}
