/** Compares the tables of netlink, procfs and systeminformation with the real sockets on loopback that the test opens. */
import { connect } from 'node:net';
import { release } from 'node:os';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createSnapshotBuilder } from '../../../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../../../daemon/snapshot/listener-memory.js';
import {
  STATE,
  TIMER_RETRANSMIT,
  TIMER_TIME_WAIT,
  type Snapshot,
  type TcpState,
} from '../../../daemon/snapshot/snapshot.js';
import { listProbePorts, openNetlinkSource } from '../../../daemon/source/linux/netlink.js';
import { loadNative, type Native } from '../../../daemon/source/linux/netlink-native.js';
import { openProcfsSource } from '../../../daemon/source/linux/procfs.js';
import { openSysteminformationSource } from '../../../daemon/source/other/systeminformation.js';
import type { TableSource } from '../../../daemon/source/table-source.js';
import { requireValue } from '../../builders/require-value.js';
import { inboundCounts, outboundLines } from '../../builders/socket-rows.js';
import { snapshotFrom } from '../../builders/row-sink.js';
import {
  closePair,
  fullClose,
  halfClose,
  openPair,
  openStalledServer,
  orphan,
  type Pair,
} from '../../builders/sockets.js';

const linux = process.platform === 'linux';
const loaded = linux ? loadNative() : { problem: 'not Linux' };
const native: Native | null = 'problem' in loaded ? null : loaded;

interface Opened {
  readonly established: Pair;
  readonly halfClosed: Pair;
  readonly timeWait: Pair;
  readonly orphaned: Pair;
}
const FAMILIES = { ipv4: ['127.0.0.1', '127.0.0.1'], ipv6: ['::1', '::1'], mapped: ['::', '127.0.0.1'] } as const;
type Family = keyof typeof FAMILIES;

describe.runIf(linux)('the sources of the table', () => {
  const opened = new Map<Family, Opened>();
  const tables: TableSource[] = [];

  beforeAll(async () => {
    for (const [family, [host, address]] of Object.entries(FAMILIES) as [Family, readonly [string, string]][]) {
      const pairs = {
        established: await openPair(host, address),
        halfClosed: await openPair(host, address),
        timeWait: await openPair(host, address),
        orphaned: await openPair(host, address),
      };
      await orphan(pairs.orphaned);
      await halfClose(pairs.halfClosed);
      await fullClose(pairs.timeWait);
      opened.set(family, pairs);
    }
    tables.push(openProcfsSource('/proc'));
    if (native !== null) tables.push(openNetlinkSource(native, 1000));
  });
  afterAll(async () => {
    for (const pairs of opened.values()) await Promise.all(Object.values(pairs).map(closePair));
    for (const table of tables) table.close();
  });

  it('include netlink here, else half of this file tests nothing', () => {
    expect(loaded).not.toHaveProperty('problem');
    expect(tables.map(({ name }) => name)).toEqual(['procfs', 'netlink']);
  });

  /** The sockets that this test has opened: outbound state by client port, inbound counts by server port. */
  const expected = (family: Family): string[] => {
    const pairs = opened.get(family);
    if (pairs === undefined) throw new Error(`no sockets for ${family}`);
    const lines = (pair: Pair, outbound: TcpState, inbound: Partial<Record<TcpState, number>>): string[] => [
      `${pair.clientPort} > ${pair.serverPort} ${outbound}`,
      `${pair.serverPort} ${JSON.stringify({ ...inbound, LISTEN: 1 })}`,
    ];
    return [
      ...lines(pairs.established, 'ESTABLISHED', { ESTABLISHED: 1 }),
      ...lines(pairs.halfClosed, 'FIN_WAIT2', { CLOSE_WAIT: 1 }),
      ...lines(pairs.timeWait, 'TIME_WAIT', {}),
      ...lines(pairs.orphaned, 'FIN_WAIT2', { CLOSE_WAIT: 1 }),
    ].sort();
  };
  /** The same from a snapshot, for the ports of this test only. */
  const seen = (snapshot: Snapshot, family: Family): string[] => {
    const pairs = Object.values<Pair>({ ...opened.get(family) });
    const servers = new Set(pairs.map((pair) => pair.serverPort));
    const address = family === 'ipv6' ? '::1' : '127.0.0.1';
    const outbound = outboundLines(snapshot)
      .map((line) => /^(\S+) (\d+) > (\S+) (\d+) (\S+)/.exec(line) ?? [])
      .filter(([, local, , remote, port]) => local === address && remote === address && servers.has(Number(port)))
      .map(([, , localPort, , remotePort, state]) => `${localPort ?? ''} > ${remotePort ?? ''} ${state ?? ''}`);
    const counts = inboundCounts(snapshot);
    const inbound = [...servers].map((port) => `${port} ${JSON.stringify(counts[port])}`);
    return [...outbound, ...inbound].sort();
  };

  it.each(Object.keys(FAMILIES) as Family[])('show every state of the sockets of this test: %s', async (family) => {
    for (const table of tables) {
      await expect
        .poll(async () => seen(await snapshotFrom(table), family), { timeout: 5000, message: table.name })
        .toEqual(expected(family));
    }
  });

  /**
   * The outbound row with this local port, to a server of this test; -1 where there is none. The port alone does not do:
   * sockets of other tests may have it too, to another server.
   */
  const findRow = ({ outbound, outboundRows }: Snapshot, localPort: number, serverPort: number): number => {
    for (const [group, port] of outbound.remotePort.entries()) {
      const [from, to] = [outbound.rowStart[group] ?? 0, outbound.rowStart[group + 1] ?? 0];
      const row = port === serverPort ? outboundRows.localPort.subarray(from, to).indexOf(localPort) : -1;
      if (row >= 0) return from + row;
    }
    return -1;
  };

  /** Timer and time left of the outbound row of this pair. Fails when there is none in this state. */
  const readTimer = async (table: TableSource, pair: Pair | undefined, state: number): Promise<[number, number]> => {
    const snapshot = await snapshotFrom(table);
    const rows = snapshot.outboundRows;
    const row = pair === undefined ? -1 : findRow(snapshot, pair.clientPort, pair.serverPort);
    if (rows.state[row] !== state) throw new Error(`${table.name} does not show the row in state ${state}`);
    const [timer, leftMs] = [rows.timer[row], rows.expiresMs[row]];
    if (timer === undefined || leftMs === undefined) throw new Error(`${table.name} does not show the row`);
    return [timer, leftMs];
  };

  it.each([
    ['TIME_WAIT', 'timeWait', STATE.TIME_WAIT],
    ['orphan FIN_WAIT2', 'orphaned', STATE.FIN_WAIT2],
  ] as const)('agree on the time left on %s', async (_name, which, state) => {
    const pair = opened.get('ipv4')?.[which];
    const read: number[] = [];
    for (const table of [...tables, ...tables]) {
      const [timer, leftMs] = await readTimer(table, pair, state);
      expect(timer).toBe(TIMER_TIME_WAIT);
      read.push(leftMs);
    }
    expect(Math.max(...read)).toBeLessThanOrEqual(60_000);
    expect(Math.min(...read)).toBeGreaterThan(0);
    // Each reading is later than the one before, so less time is left. procfs rounds to 10 ms.
    const pairs = read.slice(1).map((leftMs, index) => [leftMs, read[index] ?? NaN] as const);
    expect(pairs).toHaveLength(2 * tables.length - 1);
    for (const [leftMs, earlierLeftMs] of pairs) expect(leftMs).toBeLessThanOrEqual(earlierLeftMs + 10);
  });

  it('show no such timer on a FIN_WAIT2 socket that has an owner', async () => {
    for (const table of tables) {
      const [timer] = await readTimer(table, opened.get('ipv4')?.halfClosed, STATE.FIN_WAIT2);
      expect(timer).not.toBe(TIMER_TIME_WAIT);
    }
  });

  it('show SYN_SENT towards a server that accepts no connection', async () => {
    const stalled = await openStalledServer();
    const clients = Array.from({ length: 5 }, () => connect({ host: '127.0.0.1', port: stalled.port }));
    for (const client of clients) client.on('error', () => undefined);
    const states = async (table: TableSource): Promise<string[]> =>
      outboundLines(await snapshotFrom(table))
        .filter((line) => line.includes(`> 127.0.0.1 ${stalled.port} `))
        .map((line) => line.replace(/^\S+ (\d+) > \S+ \d+ (\S+) .*$/, '$1 $2'));
    const [first, ...others] = tables;
    if (first === undefined) throw new Error('no source');
    await expect
      .poll(async () => (await states(first)).filter((line) => line.endsWith(' SYN_SENT')).length, { timeout: 5000 })
      .toBeGreaterThan(0);
    const seenFirst = await states(first);
    expect(seenFirst).toHaveLength(clients.length);
    for (const table of others) expect(await states(table)).toEqual(seenFirst);
    const waiting = seenFirst.filter((line) => line.endsWith(' SYN_SENT')).map((line) => Number(line.split(' ')[0]));
    for (const table of tables) {
      const snapshot = await snapshotFrom(table);
      const rows = snapshot.outboundRows;
      const found = waiting.map((port) => findRow(snapshot, port, stalled.port));
      expect(found.map((row) => rows.timer[row])).toEqual(waiting.map(() => TIMER_RETRANSMIT));
      // The first step of a SYN lasts 1 s, and so does the second with the defaults of Linux.
      for (const row of found) expect(rows.expiresMs[row]).toBeLessThanOrEqual(1000);
      for (const row of found) expect(rows.retransmits[row]).toBeLessThanOrEqual(4);
    }
    for (const client of clients) client.destroy();
    await stalled.end();
  });

  it('agree with systeminformation, which has no timers', async () => {
    const table = await openSysteminformationSource();
    await expect
      .poll(async () => seen(await snapshotFrom(table), 'ipv4'), { timeout: 10_000 })
      .toEqual(expected('ipv4'));
    const snapshot = await snapshotFrom(table);
    expect(snapshot.hasTimers).toBe(false);
    expect(new Set(snapshot.outboundRows.expiresMs)).toEqual(new Set([-1]));
  });

  it.runIf(native !== null)(
    'include a bound socket that never connects in netlink, where the kernel shows it, and not in procfs',
    () => {
      const netlink = openNetlinkSource(native as Native, 1000);
      const procfs = openProcfsSource('/proc');
      const [, major, minor] = /^(\d+)\.(\d+)/.exec(release()) ?? [];
      // Linux 6.8 and later show such sockets.
      if (Number(major) * 1000 + Number(minor) >= 6008) expect(netlink.hasBoundInactive).toBe(true);
      const take = (port: number) => [takeSnapshot(netlink), takeSnapshot(procfs), port] as const;
      const taken = (native as Native).withBoundPort(listProbePorts({ first: 32_768, last: 60_999 }), take);
      const [byNetlink, byProcfs, bound] = requireValue(taken);
      expect(byNetlink.boundPorts.includes(bound)).toBe(netlink.hasBoundInactive);
      expect(byProcfs.rows).toBeGreaterThan(0);
      expect(byProcfs.boundPorts).toHaveLength(0);
      expect(byNetlink.outbound.remotePort.includes(0)).toBe(false);
      netlink.close();
    },
  );
});

/** Synchronous, so that the bound socket is still there. */
function takeSnapshot(table: TableSource): Snapshot {
  const builder = createSnapshotBuilder(createListenerMemory(60_000));
  const outcome = table.dump(builder);
  if (outcome instanceof Promise) throw new Error(`${table.name} is not synchronous`);
  const { hasTimers, hasBoundInactive } = table;
  return builder.finish({ namespace: 'host', takenAtMs: 0, monotonicMs: 0, ...outcome, hasTimers, hasBoundInactive });
}
