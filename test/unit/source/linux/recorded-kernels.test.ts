/**
 * Tables that real kernels printed of one scene, each read by the codecs of this daemon: Linux 5.10 to 7.2, at 100 and 250
 * ticks per second, on 32 bits, and big-endian. The scene: clients 10.91.0.1, 10.91.0.2 and fd91::1, sockets in every
 * state, two of them bound without being connected, and the range 40000-40999 with ten ports reserved.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../../daemon/paths.js';
import { buildPools } from '../../../../daemon/pool/build-pools.js';
import { createPoolMemory } from '../../../../daemon/pool/pool-memory.js';
import { addTimers, findTickRate, NO_TIMERS } from '../../../../daemon/host/tick-rate.js';
import { createListenerMemory } from '../../../../daemon/snapshot/listener-memory.js';
import { createSnapshotBuilder, type RowSink } from '../../../../daemon/snapshot/snapshot-builder.js';
import { STATE, TCP_STATES, TIMER_TIME_WAIT, type Snapshot } from '../../../../daemon/snapshot/snapshot.js';
import { readLinuxCounters } from '../../../../daemon/source/linux/counters.js';
import { readLinuxLimits } from '../../../../daemon/source/linux/limits.js';
import {
  BOUND_INACTIVE_ONLY,
  createNetlinkDecoder,
  encodeDumpRequest,
} from '../../../../daemon/source/linux/netlink-codec.js';
import { readLiveInodes } from '../../../../daemon/source/linux/owner-inodes.js';
import { openProcfsSource } from '../../../../daemon/source/linux/procfs.js';
import { createTraceDecoder } from '../../../../daemon/source/linux/tracing/trace-pipe.js';
import { listInstanceSettings } from '../../../../daemon/source/linux/tracing/tracepoint-filter.js';
import { parseFormatFields } from '../../../../daemon/source/linux/tracing/tracepoint-format.js';

interface Kernel {
  readonly name: string;
  readonly isLittleEndian: boolean;
  /** Whether sock_diag shows sockets that are bound and not connected (since Linux 6.8). */
  readonly showsBound: boolean;
  /** The length of a TIME_WAIT message of sock_diag. */
  readonly timeWaitBytes: number;
}

const kernel = (name: string, change: Partial<Kernel> = {}): Kernel => ({
  name,
  isLittleEndian: true,
  showsBound: true,
  timeWaitBytes: 96,
  ...change,
});
const KERNELS: readonly Kernel[] = [
  kernel('5.10', { showsBound: false, timeWaitBytes: 88 }),
  kernel('6.1', { showsBound: false }),
  kernel('6.1-100hz', { showsBound: false }),
  kernel('6.5-i686', { showsBound: false }),
  kernel('6.12'),
  kernel('6.12-s390x', { isLittleEndian: false }),
  kernel('6.18'),
  kernel('7.2'),
];
/** The rows of both families by state: 30 of IPv4 and 7 of IPv6. */
const STATES = {
  ESTABLISHED: 8,
  SYN_SENT: 4,
  SYN_RECV: 2,
  FIN_WAIT1: 2,
  FIN_WAIT2: 4,
  TIME_WAIT: 8,
  CLOSE_WAIT: 2,
  LAST_ACK: 2,
  LISTEN: 3,
  CLOSING: 2,
};
/** The two files of a recording were read at most this far apart. */
const READ_APART_MS = 600;
type Row = Parameters<RowSink['add']>;
const [LOCAL_PORT, STATE_AT, TIMER_AT, EXPIRES_AT] = [4, 10, 11, 12];

const folderOf = ({ name }: Kernel): string => join(PACKAGE_ROOT, 'test/fixtures/kernels', name);
const procOf = (of: Kernel): string => join(folderOf(of), 'proc');

/** Feeds a sink that keeps the rows. */
function collectRows(feed: (sink: RowSink) => void): Row[] {
  const rows: Row[] = [];
  let malformed = 0;
  feed({
    begin: () => (rows.length = 0),
    add: (...row) => void rows.push(row),
    addMalformed: (count) => void (malformed += count),
    rows: () => rows.length,
    malformed: () => malformed,
  });
  expect(malformed).toBe(0);
  return rows;
}

/** The lines of a recorded dump: the request, and what each call of recv() returned. */
function readDump(of: Kernel, file: string): { request: Buffer; answers: Buffer[] } {
  const text = readFileSync(join(folderOf(of), file), 'latin1').trim();
  const bytes = text.split('\n').map((line) => Buffer.from(line.slice(line.indexOf(' ') + 1), 'hex'));
  const [request = Buffer.alloc(0), ...answers] = bytes;
  return { request, answers };
}

function feedNetlink(of: Kernel, file: string): (sink: RowSink) => void {
  const { request, answers } = readDump(of, file);
  const seq = of.isLittleEndian ? request.readUInt32LE(8) : request.readUInt32BE(8);
  return (sink) => {
    sink.begin();
    const outcomes = answers.map((answer) => {
      const buffer = new ArrayBuffer(64 * 1024);
      new Uint8Array(buffer).set(answer);
      return createNetlinkDecoder(buffer, of.isLittleEndian).decode(answer.length, { seq, sink });
    });
    expect(outcomes.map(({ done }) => done)).toEqual(answers.map((_, index) => index === answers.length - 1));
  };
}

const feedProcfs =
  (of: Kernel) =>
  (sink: RowSink): void =>
    void openProcfsSource(procOf(of), of.isLittleEndian).dump(sink);

const countStates = (rows: readonly Row[]): Record<string, number> => {
  const counts: Record<string, number> = {};
  for (const row of rows) {
    const name = TCP_STATES[Number(row[STATE_AT]) - 1] ?? '';
    counts[name] = (counts[name] ?? 0) + 1;
  }
  return counts;
};
const isBound = (row: Row): boolean => row[STATE_AT] === STATE.BOUND_INACTIVE;
const keyOf = (row: Row): string => row.slice(0, TIMER_AT + 1).join(' ');
const sortRows = (rows: readonly Row[]): Row[] => [...rows].sort((a, b) => (keyOf(a) < keyOf(b) ? -1 : 1));

function snapshotOf(feed: (sink: RowSink) => void): Snapshot {
  const builder = createSnapshotBuilder(createListenerMemory(60_000));
  feed(builder);
  return builder.finish({
    namespace: 'host',
    takenAtMs: 0,
    monotonicMs: 0,
    interrupted: false,
    hasTimers: true,
    hasBoundInactive: false,
  });
}

describe.each(KERNELS)('the tables of Linux $name', (of) => {
  const byNetlink = collectRows(feedNetlink(of, 'getsock-v4.hex')).filter((row) => !isBound(row));
  const byProcfs = collectRows(feedProcfs(of));

  it('have the sockets of the scene by state, in sock_diag and in procfs', () => {
    expect(countStates(byNetlink)).toEqual(STATES);
    expect(countStates(byProcfs)).toEqual(STATES);
  });

  it('have the same addresses, ports, states and timers in both, and what is left of the timers', () => {
    const [netlink, procfs] = [sortRows(byNetlink), sortRows(byProcfs)];
    expect(netlink.map(keyOf)).toEqual(procfs.map(keyOf));
    for (const [index, row] of netlink.entries()) {
      if (row[TIMER_AT] !== TIMER_TIME_WAIT) continue;
      const leftMs = Number(row[EXPIRES_AT]);
      expect(Math.abs(leftMs - Number(procfs[index]?.[EXPIRES_AT]))).toBeLessThan(READ_APART_MS);
      expect(leftMs).toBeGreaterThan(50_000);
      expect(leftMs).toBeLessThanOrEqual(60_000);
    }
  });

  it('have as many timed mini-sockets as sockstat says', () => {
    const timed = byNetlink.filter((row) => row[TIMER_AT] === TIMER_TIME_WAIT);
    const counters = readLinuxCounters(procOf(of));
    expect(counters).toMatchObject({ inUse: 20, timeWait: 11 });
    expect(timed).toHaveLength(counters.timeWait ?? NaN);
    for (const name of ['tw', 'twRecycled', 'twKilled', 'twOverflow', 'activeOpens', 'currEstab'] as const) {
      expect(counters[name]).toBeGreaterThanOrEqual(0);
    }
  });

  it('show sockets that are bound and not connected only where the kernel does', () => {
    const ports = collectRows(feedNetlink(of, 'diag-v4-bit13.hex'))
      .filter(isBound)
      .map((row) => row[LOCAL_PORT]);
    expect(ports).toHaveLength(of.showsBound ? 2 : 0);
    if (of.showsBound) expect(ports).toContain(40_970);
  });

  it('have TIME_WAIT messages of their own length', () => {
    const { answers } = readDump(of, 'getsock-v4.hex');
    const lengths = new Set<number>();
    for (const answer of answers) {
      const word = (at: number): number => (of.isLittleEndian ? answer.readUInt32LE(at) : answer.readUInt32BE(at));
      for (let at = 0; at + 18 <= answer.length; at += (word(at) + 3) & ~3) {
        if (answer[at + 17] === STATE.TIME_WAIT) lengths.add(word(at));
      }
    }
    expect([...lengths]).toEqual([of.timeWaitBytes]);
  });

  it('lead to the tick rate and to the pools of the scene', () => {
    const { limits, problems } = readLinuxLimits(procOf(of));
    expect([problems, limits.skipsBoundPorts]).toEqual([[], !['6.18', '7.2'].includes(of.name)]);
    expect(limits).toMatchObject({
      range: { first: 40_000, last: 40_999 },
      reservedPorts: [{ first: 40_900, last: 40_909 }],
      twReuse: 2,
      twReuseDelayMs: 1000,
      twReuseBySecond: !['6.18', '7.2'].includes(of.name),
      timestamps: true,
      maxTwBuckets: 262_144,
      timeWaitMs: 60_000,
      synRetries: 6,
    });
    const snapshot = snapshotOf(feedNetlink(of, 'getsock-v4.hex'));
    const { expiresMs } = snapshot.outboundRows;
    expect(findTickRate(addTimers(NO_TIMERS, expiresMs))).toBe(of.name.endsWith('100hz') ? 100 : 250);
    const pools = buildPools(snapshot, limits, createPoolMemory());
    const find = (remoteAddress: string, remotePort: number) =>
      pools.find((pool) => pool.remoteAddress === remoteAddress && pool.remotePort === remotePort);
    // Five of IPv4 and one of ::ffff: in one pool; the one on 127.0.0.1:8080 is of a server.
    expect(find('10.91.0.10', 9000)?.timed.state).toHaveLength(6);
    expect(find('10.99.0.1', 80)?.live).toBe(3);
    expect(find('fd91::10', 9000)?.timed.state).toHaveLength(1);
    expect(pools.some(({ localAddress }) => localAddress === '127.0.0.1')).toBe(false);
  });

  it('lead from a pool to the inodes of its live rows', () => {
    const query = { localAddress: '10.91.0.1', remoteAddress: '10.99.0.1', remotePort: 80 };
    expect(readLiveInodes([query], procOf(of), of.isLittleEndian).size).toBe(3);
  });

  it('are asked for with a header and a state word in the byte order of the kernel', () => {
    const { request } = readDump(of, 'getsock-v4.hex');
    const encoded = Buffer.from(encodeDumpRequest(1, BOUND_INACTIVE_ONLY, of.isLittleEndian));
    // Length, type and flags: those that the recorded request had as well.
    expect(encoded.subarray(4, 8)).toEqual(request.subarray(4, 8));
    expect(of.isLittleEndian ? encoded.readUInt32LE(0) : encoded.readUInt32BE(0)).toBe(encoded.length);
  });

  const formatFile = join(folderOf(of), 'trace-format');
  if (!existsSync(formatFile)) return; // The kernel of 100 Hz was built without tracepoints.
  it('come with a tracepoint that the filter fits, and with its events', () => {
    const fields = parseFormatFields(readFileSync(formatFile, 'latin1'));
    expect([...fields]).toEqual(expect.arrayContaining(['oldstate', 'newstate', 'sport', 'protocol', 'saddr_v6']));
    expect(listInstanceSettings(fields)).toEqual(listInstanceSettings(null));
    const { events, malformed } = createTraceDecoder().decode(readFileSync(join(folderOf(of), 'trace_pipe')));
    expect(malformed).toBe(0);
    expect(events.map(({ kind, remoteAddress }) => [kind, remoteAddress])).toEqual(
      expect.arrayContaining([
        ['connect', '10.91.0.10'],
        ['connect', 'fd91::10'],
      ]),
    );
    expect(events.every(({ threadId, threadName }) => threadId > 0 && threadName !== '')).toBe(true);
  });
});
