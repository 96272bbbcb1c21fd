/**
 * Connects that failed for want of a port, as the kernel tells them: a tracing instance of our own in tracefs, whose
 * filters run in the kernel, so that nothing is written and nothing read while nothing fails (kernel rule 19).
 *
 * The tracepoints see the whole machine. An event belongs to our network namespace when its process does; where that
 * process has ended, or may not be looked at, the event is passed on, and counts only if its addresses are those of a
 * pool of our own table (`isFailureOf`). A container whose processes are gone that fast, with the same local address and
 * the same destination (in practice: loopback), is the one case in which that is wrong.
 */
import { closeSync, constants, mkdirSync, openSync, readdirSync, readSync, rmdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Clock, FailureReader, FailureReading } from '../contracts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { FailedConnect } from '../pool/failures.js';
import { createTraceDecoder, type TraceEvent } from './failures-codec.js';
import { createProcessLookup } from './failing-process.js';

export interface FailureSource extends FailureReader {
  /** Since start: counted, and overwritten by the kernel before they were read. */
  stats(): { readonly offBecause: string | null; readonly counted: number; readonly lost: number };
  /** Takes the tracing instance away again. Never throws. */
  stop(): void;
}

export interface FailureSourceOptions {
  readonly setting: 'auto' | 'off';
  /** Where tracefs may be mounted: the first that has it is taken. */
  readonly tracefs?: readonly string[];
  readonly procRoot?: string;
  /** Of this process: part of the name of the instance. */
  readonly pid?: number;
  readonly clock: Clock;
  readonly log: Log;
}

const TRACEFS = ['/sys/kernel/tracing', '/sys/kernel/debug/tracing'];
const CONNECT_EVENT = 'events/sock/inet_sock_set_state';
const BIND_EVENT = 'events/syscalls/sys_exit_bind';
/** SYN_SENT to CLOSE without a source port, over TCP. */
const CONNECT_FILTER = 'oldstate == 2 && newstate == 7 && sport == 0 && protocol == 6';
/** -EADDRINUSE. */
const BIND_FILTER = 'ret == -98';
/** For each CPU: about 1,500 events between two reads; what is overwritten is counted. */
const BUFFER_KB = 128;
const READ_BYTES = 65_536;
/** Bounds one read to about 4,000 events; the rest waits in the kernel. */
const MAX_READS = 16;

/** Starts counting, or says why that is not possible. tracefs is never mounted by us: that is the administrator's. */
export function startFailureSource(options: FailureSourceOptions): FailureSource {
  if (options.setting === 'off') return off('switched off by sampling.failures');
  const roots = options.tracefs ?? TRACEFS;
  let why = '';
  for (const root of roots) {
    try {
      return watching(root, options);
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
  const code = error instanceof Error && 'code' in error ? error.code : null;
  if (process.platform !== 'linux') return `tracefs is Linux only, this is ${process.platform}`;
  if (code === 'ENOENT') return `no tracefs with this event at ${root} (mount -t tracefs nodev ${root})`;
  if (code === 'EACCES' || code === 'EPERM' || code === 'EROFS') {
    return `tracefs at ${root} may not be used by this process (it takes root, without systemd's ProtectKernelTunables)`;
  }
  return `tracing cannot be set up at ${root}: ${messageOf(error)}`;
}

function watching(root: string, options: FailureSourceOptions): FailureSource {
  const { pid = process.pid, clock, log, procRoot = '/proc' } = options;
  const folder = makeInstance(join(root, 'instances'), pid);
  let pipe: number;
  try {
    configure(folder);
    pipe = openSync(join(folder, 'trace_pipe'), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    removeInstance(folder);
    throw error;
  }
  const decoder = createTraceDecoder();
  const bytes = new Uint8Array(READ_BYTES);
  const binds = bindSwitch(folder);
  let [counted, lost] = [0, 0];
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
    readFailures(watchBinds = false): FailureReading {
      if (stopped !== null) return { offBecause: stopped, failures: [] };
      try {
        binds.set(watchBinds);
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
      // Closed first: an instance that is open cannot be removed.
      closeSync(pipe);
      disable(folder);
      removeInstance(folder);
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

/** A fresh instance, after those of earlier daemons that could not clean up. */
function makeInstance(instances: string, pid: number): string {
  for (const name of readdirSync(instances)) {
    const owner = Number(/^portcast-(\d+)$/.exec(name)?.[1] ?? NaN);
    if (owner === pid || (Number.isInteger(owner) && !isAlive(owner))) removeInstance(join(instances, name));
  }
  const folder = join(instances, `portcast-${pid}`);
  // Not fresh where somebody holds the old one open; it is ours all the same.
  mkdirSync(folder, { recursive: true });
  return folder;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return !(error instanceof Error && 'code' in error && error.code === 'ESRCH');
  }
}

function configure(folder: string): void {
  const set = (file: string, value: string): void => writeFileSync(join(folder, file), value, { flag: 'r+' });
  set('trace_clock', 'mono');
  set('buffer_size_kb', String(BUFFER_KB));
  set(`${CONNECT_EVENT}/filter`, CONNECT_FILTER);
  set(`${CONNECT_EVENT}/enable`, '1');
}

/**
 * Failing binds are watched on request only: while any event of the group `syscalls` is on, every system call of every
 * process takes the slow path. A kernel without that group counts no binds.
 */
function bindSwitch(folder: string): { set(wanted: boolean): void } {
  let on = false;
  return {
    set(wanted) {
      if (wanted === on) return;
      on = wanted;
      try {
        if (wanted) writeFileSync(join(folder, BIND_EVENT, 'filter'), BIND_FILTER, { flag: 'r+' });
        writeFileSync(join(folder, BIND_EVENT, 'enable'), wanted ? '1' : '0', { flag: 'r+' });
      } catch (error) {
        if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
      }
    },
  };
}

/** So that nothing goes on where somebody else looks into the instance and it cannot be removed. */
function disable(folder: string): void {
  try {
    writeFileSync(join(folder, 'events/enable'), '0', { flag: 'r+' });
  } catch {
    // Without it there is nothing to end.
  }
}

/** Leaves one alone that somebody holds open: another daemon, of a pid namespace of its own. */
function removeInstance(folder: string): void {
  try {
    rmdirSync(folder);
  } catch {
    // Busy, or gone already.
  }
}

/** 0 when there is nothing to read now. */
function readNow(pipe: number, bytes: Uint8Array): number {
  try {
    return readSync(pipe, bytes, 0, bytes.length, null);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return 0;
    throw error;
  }
}
