/**
 * A client that opens connections on an absolute schedule. It sleeps until a connection is due and blocks in connect()
 * for as long as the call takes. After a stall the rest of the schedule moves.
 * It prints JSON lines: each change of its traffic, each stall, the first refused call with its errno, and the end.
 *
 *   node --import tsx client.ts JSON      where JSON is a ClientOrder
 */
import { openSync, readSync } from 'node:fs';
import { openSockets } from './libc.js';
import { arrivals, changes, type Arrival, type Stream } from './traffic.js';

export interface ClientOrder {
  readonly streams: readonly Stream[];
  /** How long the traffic goes on after the first refused call. */
  readonly lingerSeconds: number;
}

/** `atMs` is in epoch ms, `afterMs` is the time since the first connection was due. */
export type ClientEvent =
  | { readonly event: 'changed'; readonly atMs: number; readonly afterMs: number }
  | {
      readonly event: 'failed';
      readonly atMs: number;
      readonly afterMs: number;
      readonly code: string;
      readonly syscall: string;
    }
  | { readonly event: 'stalled'; readonly atMs: number; readonly afterMs: number; readonly byMs: number }
  | ({ readonly event: 'ended'; readonly atMs: number; readonly afterMs: number } & ClientStats);

export interface ClientStats {
  readonly opened: number;
  readonly refused: number;
  /**
   * The greatest number of timed sockets seen just before a connection was opened, by sockstat `tw` of the namespace.
   */
  readonly peakTimeWait: number;
  /** How late connections were opened, without those of a burst. */
  readonly lateMedianMs: number;
  readonly lateP99Ms: number;
  readonly lateMaxMs: number;
  /** Whether the kernel granted the real-time priority. */
  readonly ranFirst: boolean;
}

const STALL_MS = 10;
const order = JSON.parse(process.argv[2] ?? '') as ClientOrder;
const sockets = openSockets();
const readTimeWait = timeWaitReader();
const sleepCell = new Int32Array(new SharedArrayBuffer(4));
const plan = arrivals(order.streams);
const pendingChanges = changes(order.streams);
/** Connections that are due while a burst is worked off are late by design. */
const bursts = plan.some(({ inBurst }) => inBurst);
const lateMs: number[] = [];
const awaited: number[] = [];
let opened = 0;
let refused = 0;
let peakTimeWait = 0;
let failedAtMs = Infinity;

/** Printed only now, so that the start of Node is over before the other processes wait for this one. */
const ranFirst = sockets.runFirst();
/** The first connection is due shortly after now, so that reading the clock costs it no time. */
let startMs = performance.now() + 50;
const sinceStartMs = (): number => performance.now() - startMs;
const say = (event: ClientEvent): void => void process.stdout.write(`${JSON.stringify(event)}\n`);

for (const [index, arrival] of plan.entries()) {
  if (arrival.atS * 1000 > failedAtMs + order.lingerSeconds * 1000) break;
  sleepUntil(arrival.atS * 1000);
  tellChange(arrival);
  if (!arrival.inBurst) noteLateness(sinceStartMs() - arrival.atS * 1000);
  peakTimeWait = Math.max(peakTimeWait, readTimeWait());
  open(arrival.stream);
  // A burst is over when its last connection has been opened.
  if (arrival.inBurst && plan[index + 1]?.inBurst !== true) say({ event: 'changed', ...instants() });
}
say({ event: 'ended', ...instants(), ...statistics() });

function instants() {
  return { atMs: Date.now(), afterMs: sinceStartMs() };
}

/** After a stall the rest of the schedule moves. To catch up would be a burst that the row does not describe. */
function noteLateness(late: number): void {
  lateMs.push(late);
  if (late <= STALL_MS || bursts) return;
  startMs += late;
  say({ event: 'stalled', ...instants(), byMs: late });
}

function tellChange(arrival: Arrival): void {
  const next = pendingChanges[0];
  if (next === undefined || arrival.atS < next) return;
  pendingChanges.shift();
  say({ event: 'changed', ...instants() });
}

function open(stream: Stream): void {
  const socket = sockets.open(stream);
  if (typeof socket !== 'number') {
    refused += 1;
    if (failedAtMs < Infinity) return;
    const at = instants();
    failedAtMs = at.afterMs;
    say({ event: 'failed', ...at, ...socket });
    return;
  }
  opened += 1;
  end(socket, stream.ending);
}

function end(fd: number, ending: Stream['ending']): void {
  switch (ending) {
    case 'close':
      return sockets.close(fd);
    case 'reset':
      return sockets.reset(fd);
    case 'keep':
      return;
    case 'await':
      awaited.push(fd);
      closeAwaited();
  }
}

function closeAwaited(): void {
  for (let fd = awaited[0]; fd !== undefined && sockets.peerClosed(fd); fd = awaited[0]) {
    sockets.close(fd);
    awaited.shift();
  }
}

function sleepUntil(dueMs: number): void {
  for (let leftMs = dueMs - sinceStartMs(); leftMs > 0; leftMs = dueMs - sinceStartMs()) {
    Atomics.wait(sleepCell, 0, 0, leftMs);
  }
}

function statistics(): ClientStats {
  const sorted = lateMs.toSorted((a, b) => a - b);
  const quantile = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  const late = { lateMedianMs: quantile(0.5), lateP99Ms: quantile(0.99), lateMaxMs: quantile(1) };
  return { opened, refused, peakTimeWait, ...late, ranFirst };
}

/** Reads a descriptor that stays open: this costs one system call, and it keeps reading this network namespace. */
function timeWaitReader(): () => number {
  const fd = openSync('/proc/self/net/sockstat', 'r');
  const bytes = Buffer.alloc(1024);
  return () => {
    const text = bytes.toString('latin1', 0, readSync(fd, bytes, 0, bytes.length, 0));
    return Number(/^TCP:.* tw (\d+)/m.exec(text)?.[1] ?? 0);
  };
}
