/** One worker thread, and the calls to it that have no answer yet. */
import { Worker } from 'node:worker_threads';
import type { SourceChoice } from '../../contracts.js';
import { codeOf, PortcastError, type ErrorCode } from '../../errors.js';
import { SECOND_MS } from '../../units.js';
import type { CallResults, FromWorker, ToWorker, WorkerCall, WorkerStart } from './protocol.js';

export interface WorkerLink {
  readonly choice: SourceChoice;
  /** Rejects with the worker's error, with SOURCE_TIMEOUT when no answer comes, or SOURCE_UNAVAILABLE when the worker ends. */
  call<K extends keyof CallResults>(name: K, request: WorkerCall & { call: K }): Promise<CallResults[K]>;
  /** Why the worker has ended, by itself or because it hung; null while it runs. */
  lostBecause(): string | null;
  /** Lets the worker end by itself, and terminates it when it does not within a second. */
  stop(): Promise<void>;
}

interface WorkerLinkOptions {
  readonly workerFile: string;
  readonly workerData: WorkerStart;
  readonly timeoutMs: number;
}

/** How long `stop` waits for the worker to end by itself, and then for its termination. */
const STOP_TIMEOUT_MS = SECOND_MS;
/** The id of the first message, which reports whether the source works. The ids of calls begin at 1. */
const START_ID = 0;

/** Resolves when the source of the worker works; rejects with SOURCE_UNAVAILABLE or SOURCE_TIMEOUT. */
export async function startWorkerLink({ workerFile, workerData, timeoutMs }: WorkerLinkOptions): Promise<WorkerLink> {
  const worker = new Worker(workerFile, { workerData, name: 'portcast-source' });
  let lostBecause: string | null = null;
  let nextId = START_ID + 1;
  let resolveExit: () => void = () => undefined;
  const exit = new Promise<void>((resolve) => (resolveExit = resolve));

  const lose = (code: ErrorCode, reason: string): void => {
    lostBecause ??= reason;
    calls.rejectAll(new PortcastError(code, reason));
    // Not awaited, because a thread inside a system call ends only when the call returns.
    void worker.terminate();
  };
  const calls = createPendingCalls(timeoutMs, () => {
    lose('SOURCE_TIMEOUT', `the source worker did not answer within ${timeoutMs} ms and is replaced`);
  });
  worker.on('message', (message: FromWorker) => calls.settle('id' in message ? message.id : START_ID, message));
  worker.on('error', (error) => {
    lose('SOURCE_UNAVAILABLE', `the source worker failed: ${explainError(error, workerFile)}`);
  });
  worker.on('exit', (code) => {
    resolveExit();
    lose('SOURCE_UNAVAILABLE', `the source worker ended with code ${code}`);
  });

  const stop = async (): Promise<void> => {
    if (lostBecause === null) worker.postMessage('stop' satisfies ToWorker);
    if (!(await settlesWithin(exit, STOP_TIMEOUT_MS))) await settlesWithin(worker.terminate(), STOP_TIMEOUT_MS);
  };
  try {
    const choice = await calls.expect(START_ID, (message) => (message.kind === 'ready' ? message.choice : null));
    if (choice === null)
      throw new PortcastError('SOURCE_MALFORMED', 'the source worker started without the name of its source');
    return {
      choice,
      call(_name, request) {
        if (lostBecause !== null) return Promise.reject(new PortcastError('SOURCE_UNAVAILABLE', lostBecause));
        const id = nextId++;
        const answer = calls.expect(id, (message) => (message.kind === 'result' ? message.value : null));
        worker.postMessage({ id, request } satisfies ToWorker);
        // The type holds because the worker answers each call with a result of its kind.
        return answer as Promise<CallResults[typeof _name]>;
      },
      lostBecause: () => lostBecause,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

interface PendingCalls {
  /** Resolves with what `read` makes of the answer; rejects with the error that the worker answers, or of `rejectAll`. */
  expect<T>(id: number, read: (message: FromWorker) => T): Promise<T>;
  settle(id: number, message: FromWorker): void;
  rejectAll(error: PortcastError): void;
}

/** The calls without an answer. `onTimeout` runs when one of them had none for `timeoutMs`; it has to reject them. */
function createPendingCalls(timeoutMs: number, onTimeout: () => void): PendingCalls {
  const pending = new Map<number, (outcome: FromWorker | PortcastError) => void>();
  return {
    expect: (id, read) =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(onTimeout, timeoutMs);
        pending.set(id, (outcome) => {
          clearTimeout(timer);
          pending.delete(id);
          if (outcome instanceof PortcastError) reject(outcome);
          else if ('error' in outcome) reject(new PortcastError(outcome.error.code, outcome.error.message));
          else resolve(read(outcome));
        });
      }),
    settle: (id, message) => pending.get(id)?.(message),
    rejectAll(error) {
      for (const settle of [...pending.values()]) settle(error);
    },
  };
}

function explainError(error: unknown, workerFile: string): string {
  const message = error instanceof Error ? error.message : String(error);
  const missing = codeOf(error) === 'ERR_MODULE_NOT_FOUND';
  return missing || message.includes('Cannot find module') ? `${workerFile} is missing: run "npm run build"` : message;
}

/** Whether the promise resolves within this time. */
async function settlesWithin(promise: Promise<unknown>, ms: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => (timer = setTimeout(resolve, ms, false)));
  const done = await Promise.race([promise.then(() => true as const), late]);
  clearTimeout(timer);
  return done;
}
