/** The source as the main thread sees it: one worker behind the contracts, replaced when it dies or hangs. */
import { stat } from 'node:fs/promises';
import type { HostReader, OwnerFinder, SourceChoice, TableReader, TableReading } from '../../contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import type { Log } from '../../log.js';
import { SOURCE_WORKER_FILE } from '../../paths.js';
import type { Granularity } from '../../host/release-granularity.js';
import type { ChooseOptions } from '../choose.js';
import type { WorkerStart } from './protocol.js';
import { startWorkerLink, type WorkerLink } from './worker-link.js';

export interface SourceOptions {
  readonly source: ChooseOptions['source'];
  /** `host`, or the name of the network namespace the process is in: a label. */
  readonly namespace: string;
  /** Where /proc is; a test may give another. */
  readonly procRoot?: string;
  /** How long one call may take before the worker counts as hung. */
  readonly timeoutMs?: number;
  /** The compiled worker; a test may give another. */
  readonly workerFile?: string;
  readonly log: Log;
}

export interface Source extends HostReader, TableReader, OwnerFinder {
  /** Which source reads the table now, and why. */
  readonly choice: SourceChoice;
  /** Ends the worker, within about two seconds even when it hangs. */
  stop(): Promise<void>;
}

const DEFAULT_TIMEOUT_MS = 10_000;
/** Workers that netlink may take down before `auto` does without it. */
const LOST_WORKERS_TO_AVOID = 3;

/**
 * Starts the worker and waits until its source works. Throws SOURCE_UNAVAILABLE with the reason when it does not.
 * Later calls reject with the codes of the source; SOURCE_TIMEOUT replaces the worker, and the next call goes to a new
 * one, which inherits what was learned.
 */
export async function startSource(options: SourceOptions): Promise<Source> {
  // The pool of libuv takes the namespace of whoever uses it first: that must be the main thread.
  await stat('.').catch(() => undefined);
  const memory = createMemory(options);
  const keeper = createKeeper(options, memory);
  await keeper.started;
  return {
    get choice() {
      return memory.choice();
    },
    async readHost() {
      const reading = await keeper.use((open) => open.call('readHost', { call: 'readHost' }));
      memory.learn(reading.granularity);
      return reading;
    },
    async readTable() {
      const reading = await keeper.use((open) => open.call('readTable', { call: 'readTable' }));
      if (memory.choice().why !== reading.source.why) {
        options.log.warn(
          { source: reading.source.name, why: reading.source.why },
          'the table is read by another source',
        );
      }
      memory.remember(reading);
      return reading;
    },
    async findOwners(query) {
      try {
        return await keeper.use((open) => open.call('findOwners', { call: 'findOwners', query }));
      } catch (error) {
        return { processes: [], why: `owners could not be looked for: ${messageOf(error)}` };
      }
    },
    stop: () => keeper.stop(),
  };
}

interface Keeper {
  /** Settles when the first worker works or has failed. */
  readonly started: Promise<unknown>;
  /** Runs a call on a living worker, which is started first if need be. */
  use<T>(call: (link: WorkerLink) => Promise<T>): Promise<T>;
  stop(): Promise<void>;
}

/** Keeps one worker alive: a lost one is replaced at the next call, once for all that wait for it. */
function createKeeper(options: SourceOptions, memory: Memory): Keeper {
  const { log, timeoutMs = DEFAULT_TIMEOUT_MS, workerFile = SOURCE_WORKER_FILE } = options;
  let stopped = false;
  let replacing: Promise<void> | null = null;

  const spawn = async (): Promise<WorkerLink> => {
    const started = await startWorkerLink({ workerFile, workerData: memory.start(), timeoutMs });
    memory.choose(started.choice);
    return started;
  };
  let link = spawn();

  const replace = async (lostBecause: string): Promise<void> => {
    memory.lostWorker(lostBecause);
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
      const lostBecause = await link.then((open) => open.lostBecause(), messageOf);
      if (lostBecause !== null) await (replacing ??= replace(lostBecause));
      return call(await link);
    },
    async stop() {
      stopped = true;
      await link.then(
        (open) => open.stop(),
        () => undefined,
      );
    },
  };
}

interface Memory {
  start(): WorkerStart;
  choice(): SourceChoice;
  choose(choice: SourceChoice): void;
  learn(granularity: Granularity): void;
  remember(reading: TableReading): void;
  lostWorker(reason: string): void;
}

/** What outlives a worker: what it had learned, and how often netlink took one down. */
function createMemory(options: SourceOptions): Memory {
  const { source, namespace, procRoot = '/proc' } = options;
  let choice: SourceChoice = { name: 'netlink', why: 'not started' };
  let granularity: Granularity | null = null;
  let listeners: WorkerStart['listeners'] = null;
  let lost = 0;
  let avoid: WorkerStart['avoid'] = {};
  return {
    start: () => ({ source, namespace, procRoot, avoid, granularity, listeners }),
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
      // A copy: the snapshot belongs to whoever asked for it.
      listeners = { ports: snapshot.listeningPorts.slice(), monotonicMs: snapshot.monotonicMs };
    },
    lostWorker(reason) {
      lost++;
      if (choice.name === 'netlink' && lost >= LOST_WORKERS_TO_AVOID) {
        avoid = { netlink: `it took its worker down ${lost} times in a row: ${reason}` };
      }
    },
  };
}
