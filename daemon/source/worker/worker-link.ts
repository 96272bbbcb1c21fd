/** One worker thread and the calls under way to it. */
import { Worker } from 'node:worker_threads';
import type { SourceChoice } from '../../contracts.js';
import { codeOf, PortcastError, type ErrorCode } from '../../errors.js';
import type { CallResults, FromWorker, ToWorker, WorkerCall, WorkerStart } from './protocol.js';

export interface WorkerLink {
  readonly choice: SourceChoice;
  /** Rejects with the worker's error, SOURCE_TIMEOUT when no answer comes, SOURCE_UNAVAILABLE when the worker ends. */
  call<K extends keyof CallResults>(name: K, request: WorkerCall & { call: K }): Promise<CallResults[K]>;
  /** Why the worker is gone (it ended, or hung and was ended); null while it lives. */
  lostBecause(): string | null;
  /** Asks the worker to end and ends it if it does not. */
  stop(): Promise<void>;
}

export interface WorkerLinkOptions {
  readonly workerFile: string;
  readonly workerData: WorkerStart;
  readonly timeoutMs: number;
}

const STOP_PATIENCE_MS = 1000;

interface PendingCall {
  settle(message: FromWorker | PortcastError): void;
}

/** Resolves when the worker says its source works; rejects with SOURCE_UNAVAILABLE or SOURCE_TIMEOUT. */
export async function startWorkerLink({ workerFile, workerData, timeoutMs }: WorkerLinkOptions): Promise<WorkerLink> {
  const worker = new Worker(workerFile, { workerData, name: 'portcast-source' });
  const pending = new Map<number, PendingCall>();
  let lost: string | null = null;
  let nextId = 1;
  let ended: () => void = () => undefined;
  const exit = new Promise<void>((resolve) => (ended = resolve));

  const lose = (code: ErrorCode, reason: string): void => {
    lost ??= reason;
    const error = new PortcastError(code, reason);
    for (const call of [...pending.values()]) call.settle(error);
    // Not awaited: a thread inside a system call ends only when that returns.
    void worker.terminate();
  };
  const expect = <T>(id: number, read: (message: FromWorker) => T): Promise<T> =>
    new Promise<T>((resolve, reject) => {
      const timer = setTimeout(() => {
        lose('SOURCE_TIMEOUT', `the source worker did not answer within ${timeoutMs} ms and is replaced`);
      }, timeoutMs);
      pending.set(id, {
        settle(message) {
          clearTimeout(timer);
          pending.delete(id);
          if (message instanceof PortcastError) reject(message);
          else if ('error' in message) reject(new PortcastError(message.error.code, message.error.message));
          else resolve(read(message));
        },
      });
    });
  worker.on('message', (message: FromWorker) => pending.get('id' in message ? message.id : START)?.settle(message));
  worker.on('error', (error) => lose('SOURCE_UNAVAILABLE', `the source worker failed: ${describe(error, workerFile)}`));
  worker.on('exit', (code) => {
    ended();
    lose('SOURCE_UNAVAILABLE', `the source worker ended with code ${code}`);
  });

  const stop = async (): Promise<void> => {
    if (lost === null) worker.postMessage('stop' satisfies ToWorker);
    if (!(await within(exit, STOP_PATIENCE_MS))) await within(worker.terminate(), STOP_PATIENCE_MS);
  };
  try {
    const choice = await expect(START, (message) => (message.kind === 'ready' ? message.choice : null));
    if (choice === null)
      throw new PortcastError('SOURCE_MALFORMED', 'the source worker did not say which source it has');
    return {
      choice,
      call(_name, request) {
        if (lost !== null) return Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', lost));
        const id = nextId++;
        const answer = expect(id, (message) => (message.kind === 'result' ? message.value : null));
        worker.postMessage({ id, request } satisfies ToWorker);
        // The worker answers a call with the result of that call.
        return answer as Promise<CallResults[typeof _name]>;
      },
      lostBecause: () => lost,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** The id under which the start is waited for. */
const START = 0;

function describe(error: unknown, workerFile: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const missing = codeOf(error) === 'ERR_MODULE_NOT_FOUND';
  return missing || message.includes('Cannot find module') ? `${workerFile} is missing: run "npm run build"` : message;
}

async function within(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const done = await Promise.race([promise.then(() => true as const), late]);
  clearTimeout(timer);
  return done;
}
