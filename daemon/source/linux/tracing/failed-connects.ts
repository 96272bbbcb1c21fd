/**
 * Connects that failed for want of a port, as the kernel tells them: a tracing instance of our own in tracefs, whose
 * filters run in the kernel, so that nothing is written and nothing read while nothing fails (kernel rule 19).
 *
 * The tracepoints see the whole machine. An event belongs to our network namespace when its process does; where that
 * process has ended, or may not be looked at, the event is passed on, and counts only if its addresses are those of a
 * pool of our own table (`isFailureOf`). A container whose processes are gone that fast, with the same local address and
 * the same destination (in practice: loopback), is the one case in which that is wrong.
 */
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, FailureReader, FailureReading } from '../../../contracts.js';
import { codeOf, messageOf } from '../../../errors.js';
import type { Log } from '../../../log.js';
import type { FailedConnect } from '../../../pool/failed-connect.js';
import { PROC_ROOT } from '../proc-paths.js';
import { createTraceDecoder, type TraceEvent } from './trace-pipe.js';
import { createProcessLookup } from './traced-process.js';
import { HANDED_OVER, createInstance, removeInstance, TRACEFS, watchBinds } from './tracefs.js';

export interface FailureSource extends FailureReader {
  /** Since start: counted, and overwritten by the kernel before they were read. */
  stats(): { readonly offBecause: string | null; readonly counted: number; readonly lost: number };
  /** Takes the tracing instance away again. Never throws. */
  stop(): void;
}

export interface FailureSourceOptions {
  readonly setting: 'auto' | 'off';
  /** An instance that the service manager may have prepared; who prepared it removes it. */
  readonly handedOver?: string;
  /** Where tracefs may be mounted: the first that has it is taken. */
  readonly tracefs?: readonly string[];
  readonly procRoot?: string;
  /** Of this process: part of the name of the instance. */
  readonly pid?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const READ_BYTES = 65_536;
/** Bounds one read to about 4,000 events; the rest waits in the kernel. */
const MAX_READS = 16;

/** Starts counting, or says why that is not possible. */
export function startFailureSource(options: FailureSourceOptions): FailureSource {
  const { setting, handedOver = HANDED_OVER, tracefs = TRACEFS, pid = process.pid } = options;
  if (setting === 'off') return off('switched off by sampling.failures');
  if (existsSync(handedOver)) {
    try {
      return watching(handedOver, options, () => undefined);
    } catch (error) {
      // Elsewhere than in the service's own mount namespace the folder is empty.
      if (codeOf(error) !== 'ENOENT') return off(reason(handedOver, error));
    }
  }
  let why = '';
  for (const root of tracefs) {
    try {
      const folder = createInstance(root, pid);
      return watching(folder, options, () => removeInstance(folder));
    } catch (error) {
      why ||= reason(root, error);
    }
  }
  return off(why);
}

function off(offBecause: string): FailureSource {
  return {
    readFailures: () => ({ offBecause, failures: [] }),
    stats: () => ({ offBecause, counted: 0, lost: 0 }),
    stop: () => undefined,
  };
}

function reason(root: string, error: unknown): string {
  const code = codeOf(error);
  if (process.platform !== 'linux') return `tracefs is Linux only, this is ${process.platform}`;
  if (code === 'ENOENT') return `no tracefs with this event at ${root} (mount -t tracefs nodev ${root})`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `tracefs at ${root} may not be used by this process (it takes root, or portcast service install --count-failures)`;
  }
  return `tracing cannot be set up at ${root}: ${messageOf(error)}`;
}

/** @throws the error of `trace_pipe`; the instance is removed then. */
function watching(folder: string, options: FailureSourceOptions, remove: () => void): FailureSource {
  const { clock, log, procRoot = PROC_ROOT } = options;
  let pipe: number;
  try {
    pipe = openSync(join(folder, 'trace_pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    remove();
    throw error;
  }
  const decoder = createTraceDecoder();
  const bytes = new Uint8Array(READ_BYTES);
  let [counted, lost] = [0, 0];
  let bindsWatched = false;
  let stopped: string | null = null;

  const events = (): TraceEvent[] => {
    const found: TraceEvent[] = [];
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const length = readNow(pipe, bytes);
      if (length === 0) break;
      const text = decoder.decode(bytes.subarray(0, length));
      found.push(...text.events);
      lost += text.lost;
      if (text.lost > 0) log.warn(`${text.lost} failed connects came too fast to be told apart and are not counted`);
      if (text.malformed > 0) log.warn(`${text.malformed} lines of ${folder}/trace_pipe could not be read`);
    }
    return found;
  };

  return {
    readFailures(wantsBinds = false): FailureReading {
      if (stopped !== null) return { offBecause: stopped, failures: [] };
      try {
        if (wantsBinds !== bindsWatched) watchBinds(folder, wantsBinds);
        bindsWatched = wantsBinds;
        const failures = ours(events(), { clock, procRoot });
        counted += failures.length;
        return { offBecause: null, failures };
      } catch (error) {
        stopped = `tracing ended: ${messageOf(error)}`;
        log.warn(`failed connects are no longer counted: ${stopped}`);
        return { offBecause: stopped, failures: [] };
      }
    },
    stats: () => ({ offBecause: stopped, counted, lost }),
    stop() {
      stopped ??= 'stopped';
      closeSync(pipe);
      remove();
    },
  };
}

/** Those of our network namespace, with the process behind the thread. */
function ours(events: readonly TraceEvent[], { clock, procRoot }: { clock: Clock; procRoot: string }): FailedConnect[] {
  if (events.length === 0) return [];
  const lookUp = createProcessLookup(procRoot);
  const wallOffsetMs = clock.wallMs() - clock.monotonicMs();
  return events.flatMap(({ threadId, threadName, monotonicMs, ...ends }) => {
    const { pid, name, elsewhere } = lookUp(threadId, threadName);
    return elsewhere ? [] : [{ ...ends, atMs: Math.round(monotonicMs + wallOffsetMs), pid, name }];
  });
}

/** 0 when there is nothing to read now. */
function readNow(pipe: number, bytes: Uint8Array): number {
  try {
    return readSync(pipe, bytes, 0, bytes.length, null);
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return 0;
    throw error;
  }
}
