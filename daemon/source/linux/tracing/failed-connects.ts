/**
 * Reads the connects that failed because no port was free. The kernel reports them as events of a tracing instance that
 * belongs to portcast. The filters of that instance run in the kernel, so nothing is written and nothing is read while no
 * connect fails (kernel rule 19).
 *
 * The tracepoints cover the whole machine. An event counts when its process is in our network namespace. Where the process
 * has ended, or its namespace may not be read, the event is passed on, and counts only if its addresses are those of a pool
 * of our own table (`isFailureOf`). That is wrong in one case: a process of a container, which ended before its event was
 * read, had the same local address and the same destination. In practice that means loopback.
 */
import { closeSync, constants, existsSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, FailureReader, FailureReading } from '../../../contracts.js';
import { codeOf, messageOf } from '../../../errors.js';
import type { Log } from '../../../log.js';
import type { FailedConnect } from '../../../pool/failed-connect.js';
import { PROC_ROOT } from '../proc-paths.js';
import { PREPARED_INSTANCE } from './prepared-instance.js';
import { createTraceDecoder, type TraceEvent } from './trace-pipe.js';
import { createInstance, removeInstance, TRACEFS, watchBinds } from './tracefs.js';
import { createProcessLookup } from './traced-process.js';

export interface FailureSource extends FailureReader {
  /** Since the start: the failures counted, and the events that the kernel overwrote before they were read. */
  stats(): { readonly offBecause: string | null; readonly counted: number; readonly lost: number };
  /** Removes the tracing instance, unless the service manager prepared it. Never throws. */
  stop(): void;
}

interface FailureSourceOptions {
  readonly setting: 'auto' | 'off';
  /** The folder of an instance that the service manager may have prepared. It is used if it exists, and not removed. */
  readonly prepared?: string;
  /** Where tracefs may be mounted. The first folder that works is used. */
  readonly tracefs?: readonly string[];
  readonly procRoot?: string;
  /** Of this process: part of the name of the instance. */
  readonly pid?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const READ_BYTES = 65_536;
/** Limits one reading to about 4,000 events. The rest stays in the kernel until the next one. */
const MAX_READS = 16;

/** Starts counting. Where that is not possible, every reading gives the reason. Never throws. */
export function startFailureSource(options: FailureSourceOptions): FailureSource {
  const { setting, prepared = PREPARED_INSTANCE, tracefs = TRACEFS, pid = process.pid } = options;
  if (setting === 'off') return createOffSource('switched off by sampling.failures');
  if (existsSync(prepared)) {
    try {
      return watchInstance(prepared, options, () => undefined);
    } catch (error) {
      // Outside the mount namespace of the service the folder exists and is empty.
      if (codeOf(error) !== 'ENOENT') return createOffSource(explainError(prepared, error));
    }
  }
  let why = '';
  for (const root of tracefs) {
    try {
      const folder = createInstance(root, pid);
      return watchInstance(folder, options, () => removeInstance(folder));
    } catch (error) {
      why ||= explainError(root, error);
    }
  }
  return createOffSource(why);
}

function createOffSource(offBecause: string): FailureSource {
  return {
    readFailures: () => ({ offBecause, failures: [] }),
    stats: () => ({ offBecause, counted: 0, lost: 0 }),
    stop: () => undefined,
  };
}

function explainError(root: string, error: unknown): string {
  const code = codeOf(error);
  if (process.platform !== 'linux') return `tracefs is Linux only, this is ${process.platform}`;
  if (code === 'ENOENT') return `no tracefs with this event at ${root} (mount -t tracefs nodev ${root})`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `tracefs at ${root} may not be used by this process (it takes root, or portcast service install --count-failures)`;
  }
  return `tracing cannot be set up at ${root}: ${messageOf(error)}`;
}

/** @throws the error of opening `trace_pipe`; the instance is removed in that case. */
function watchInstance(folder: string, options: FailureSourceOptions, remove: () => void): FailureSource {
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
  let stoppedBecause: string | null = null;

  const readEvents = (): TraceEvent[] => {
    const events: TraceEvent[] = [];
    for (let reads = 0; reads < MAX_READS; reads += 1) {
      const length = readAvailable(pipe, bytes);
      if (length === 0) break;
      const text = decoder.decode(bytes.subarray(0, length));
      events.push(...text.events);
      lost += text.lost;
      if (text.lost > 0) log.warn(`${text.lost} failed connects were not counted: the kernel overwrote their events`);
      if (text.malformed > 0) log.warn(`${text.malformed} lines of ${folder}/trace_pipe could not be read`);
    }
    return events;
  };

  return {
    readFailures(wantsBinds = false): FailureReading {
      if (stoppedBecause !== null) return { offBecause: stoppedBecause, failures: [] };
      try {
        if (wantsBinds !== bindsWatched) watchBinds(folder, wantsBinds);
        bindsWatched = wantsBinds;
        const failures = toFailures(readEvents(), { clock, procRoot });
        counted += failures.length;
        return { offBecause: null, failures };
      } catch (error) {
        stoppedBecause = `tracing ended: ${messageOf(error)}`;
        log.warn(`failed connects are no longer counted: ${stoppedBecause}`);
        return { offBecause: stoppedBecause, failures: [] };
      }
    },
    stats: () => ({ offBecause: stoppedBecause, counted, lost }),
    stop() {
      stoppedBecause ??= 'stopped';
      closeSync(pipe);
      remove();
    },
  };
}

/** The events of our network namespace, at wall time, with the process of the thread. */
function toFailures(events: readonly TraceEvent[], on: { clock: Clock; procRoot: string }): FailedConnect[] {
  if (events.length === 0) return [];
  const lookUp = createProcessLookup(on.procRoot);
  const wallOffsetMs = on.clock.wallMs() - on.clock.monotonicMs();
  return events.flatMap(({ threadId, threadName, monotonicMs, ...ends }) => {
    const { pid, name, elsewhere } = lookUp(threadId, threadName);
    return elsewhere ? [] : [{ ...ends, atMs: Math.round(monotonicMs + wallOffsetMs), pid, name }];
  });
}

/** @returns the number of bytes read, 0 when there is nothing to read now. */
function readAvailable(pipe: number, bytes: Uint8Array): number {
  try {
    return readSync(pipe, bytes, 0, bytes.length, null);
  } catch (error) {
    if (codeOf(error) === 'EAGAIN') return 0;
    throw error;
  }
}
