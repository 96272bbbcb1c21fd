/** Runs the source in a worker thread, and replaces a worker that ends or hangs. The main thread uses it by its contracts. */
import { stat } from 'node:fs/promises';
import type { HostReader, OwnerFinder, SourceChoice, TableReader, TableReading } from '../../contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import type { Log } from '../../log.js';
import { SOURCE_WORKER_FILE } from '../../paths.js';
import type { Granularity } from '../../host/release-granularity.js';
import type { ChooseOptions } from '../choose.js';
import { SECOND_MS } from '../../units.js';
import { PROC_ROOT } from '../linux/proc-paths.js';
import type { WorkerStart } from './protocol.js';
import { startWorkerLink, type WorkerLink } from './worker-link.js';

export interface SourceOptions {
  readonly source: ChooseOptions['source'];
  /** The label of the network namespace that the process is in: `host`, or its name. */
  readonly namespace: string;
  /** Where /proc is mounted; an argument for tests. */
  readonly procRoot?: string;
  /** A worker that does not answer a call within this time counts as hung. */
  readonly timeoutMs?: number;
  /** The compiled worker; an argument for tests. */
  readonly workerFile?: string;
  readonly log: Log;
}

export interface Source extends HostReader, TableReader, OwnerFinder {
  /** Which source reads the table at present, and why. */
  readonly choice: SourceChoice;
  /** Ends the worker. Takes about two seconds when the worker hangs. */
  stop(): Promise<void>;
}

/** A search that failed counts as this much CPU time, so that the next one is not tried at once. */
const FAILED_SEARCH_MS = SECOND_MS / 5;
const DEFAULT_TIMEOUT_MS = 10 * SECOND_MS;
/** After so many workers in a row were lost while they used netlink, `auto` no longer uses it. */
const LOST_WORKERS_TO_AVOID = 3;

/**
 * Starts the worker and waits until its source works. Rejects with SOURCE_UNAVAILABLE and the reason when it does not.
 * Later calls reject with the codes of the source. A worker that ended, or did not answer in time (SOURCE_TIMEOUT), is replaced
 * at the next call; the new one is started with what was learned so far.
 */
export async function startSource(options: SourceOptions): Promise<Source> {
  // The threads of libuv's pool get the network namespace of the thread that uses the pool first: this makes it the main one.
  await stat('.').catch(() => undefined);
  const memory = createMemory(options);
  const keeper = createKeeper(options, memory);
  await keeper.started;
  return {
    get choice() {
      return memory.choice();
    },
    async readHost() {
      const reading = await keeper.use((link) => link.call('readHost', { call: 'readHost' }));
      memory.learn(reading.granularity);
      return reading;
    },
    async readTable(askedPorts = []) {
      const reading = await keeper.use((link) => link.call('readTable', { call: 'readTable', askedPorts }));
      if (memory.choice().why !== reading.source.why) {
        options.log.warn(
          { source: reading.source.name, why: reading.source.why },
          'the table is read by another source',
        );
      }
      memory.remember(reading);
      return reading;
    },
    async findOwners(queries) {
      try {
        return await keeper.use((link) => link.call('findOwners', { call: 'findOwners', queries }));
      } catch (error) {
        const why = `the search for owners failed: ${messageOf(error)}`;
        return { reports: queries.map(() => ({ processes: [], why })), costMs: FAILED_SEARCH_MS };
      }
    },
    stop: () => keeper.stop(),
  };
}

interface Keeper {
  /** Settles when the source of the first worker works or has failed. */
  readonly started: Promise<unknown>;
  /** Runs a call on a worker. One that was lost is replaced first. */
  use<T>(call: (link: WorkerLink) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Keeps one worker running. A lost one is replaced once, at the next call; other calls wait for the same new worker. */
function createKeeper(options: SourceOptions, memory: Memory): Keeper {
  const { log, timeoutMs = DEFAULT_TIMEOUT_MS, workerFile = SOURCE_WORKER_FILE } = options;
  let stopped = false;
  let replacing: Promise<void> | null = null;

  const spawn = async (): Promise<WorkerLink> => {
    const started = await startWorkerLink({ workerFile, workerData: memory.createStart(), timeoutMs });
    memory.choose(started.choice);
    return started;
  };
  let link = spawn();

  const replace = async (lostBecause: string): Promise<void> => {
    memory.countLostWorker(lostBecause);
    link = spawn();
    await link.then(
      ({ choice }) => log.warn({ lostBecause, source: choice.name, why: choice.why }, 'the source worker was replaced'),
      (error: unknown) => log.error({ lostBecause, error: messageOf(error) }, 'the source worker cannot be replaced'),
    );
    replacing = null;
  };
  return {
    started: link,
    async use(call) {
      if (stopped) throw new PortcastError('SOURCE_UNAVAILABLE', 'the source has been stopped');
      const lostBecause = await link.then((running) => running.lostBecause(), messageOf);
      if (lostBecause !== null) await (replacing ??= replace(lostBecause));
      return call(await link);
    },
    async stop() {
      stopped = true;
      await link.then(
        (running) => running.stop(),
        () => undefined,
      );
    },
  };
}

interface Memory {
  /** The data that the next worker is started with. */
  createStart(): WorkerStart;
  choice(): SourceChoice;
  choose(choice: SourceChoice): void;
  learn(granularity: Granularity): void;
  remember(reading: TableReading): void;
  countLostWorker(reason: string): void;
}

/** Keeps what the next worker needs: what the last one had learned, and how many were lost in a row while using netlink. */
function createMemory(options: SourceOptions): Memory {
  const { source, namespace, procRoot = PROC_ROOT } = options;
  let choice: SourceChoice = { name: 'netlink', why: 'not started' };
  let granularity: Granularity | null = null;
  let listeners: WorkerStart['listeners'] = null;
  let lost = 0;
  let avoid: WorkerStart['avoid'] = {};
  return {
    createStart: () => ({ source, namespace, procRoot, avoid, granularity, listeners }),
    choice: () => choice,
    choose: (chosen) => {
      choice = chosen;
    },
    learn: (learned) => {
      granularity = learned;
    },
    remember({ snapshot, source: chosen }) {
      choice = chosen;
      lost = 0;
      // A copy, because the caller owns the snapshot.
      listeners = { ports: snapshot.listeningPorts.slice(), monotonicMs: snapshot.monotonicMs };
    },
    countLostWorker(reason) {
      lost++;
      if (choice.name === 'netlink' && lost >= LOST_WORKERS_TO_AVOID) {
        avoid = { netlink: `it took its worker down ${lost} times in a row: ${reason}` };
      }
    },
  };
}
