import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../../daemon/host/ip-address.js';
import { createSnapshotBuilder } from '../../../daemon/snapshot/snapshot-builder.js';
import { createListenerMemory } from '../../../daemon/snapshot/listener-memory.js';
import { TCP_STATES, type Snapshot } from '../../../daemon/snapshot/snapshot.js';
import {
  addRows,
  inboundCounts,
  listener,
  META,
  outboundLines,
  snapshotOf,
  type Row,
} from '../../builders/socket-rows.js';

const out = (localPort: number, more: Partial<Row> = {}): Row => ({
  local: '10.0.0.1',
  localPort,
  remote: '10.0.0.2',
  remotePort: 443,
  state: 'ESTABLISHED',
  ...more,
});

const anyRow: fc.Arbitrary<Row> = fc.record({
  local: fc.constantFrom('10.0.0.1', '127.0.0.1', '::1', '2001:db8::1'),
  localPort: fc.integer({ min: 8000, max: 8012 }),
  remote: fc
    .tuple(fc.integer(), fc.integer({ min: 0, max: 3 }))
    .map(([low, high]) => formatAddress(high, 0, 0xffff, low)),
  remotePort: fc.constantFrom(0, 80, 443, 65_535),
  state: fc.constantFrom(...TCP_STATES),
  timer: fc.integer({ min: 0, max: 4 }),
  expiresMs: fc.integer({ min: -1, max: 0x7fff_ffff }),
});

describe('snapshot builder', () => {
  it('groups outbound rows by local address, remote address and remote port', () => {
    const snapshot = snapshotOf([
      out(40_000, { state: 'TIME_WAIT', timer: 3, expiresMs: 59_000 }),
      out(40_001, { remotePort: 80 }),
      out(40_002),
      out(40_003, { local: '10.0.0.9' }),
    ]);
    expect(Array.from(snapshot.outbound.rowStart)).toEqual([0, 2, 3, 4]);
    expect(snapshot.outbound.localAddress).toEqual(['10.0.0.1', '10.0.0.1', '10.0.0.9']);
    expect(Array.from(snapshot.outbound.remotePort)).toEqual([443, 80, 443]);
    expect(outboundLines(snapshot)).toContain('10.0.0.1 40000 > 10.0.0.2 443 TIME_WAIT 3:59000');
    expect(snapshot.rows).toBe(4);
  });

  it('counts IPv4-mapped rows as IPv4, and keeps true IPv6 apart', () => {
    const mapped = { local: '::ffff:10.0.0.1', remote: '::ffff:10.0.0.2' };
    const snapshot = snapshotOf([out(1), out(2, mapped), out(3, { local: '2001:db8::1', remote: '2001:db8::2' })]);
    expect(snapshot.outbound.remoteAddress).toEqual(['10.0.0.2', '2001:db8::2']);
    expect(Array.from(snapshot.outbound.family)).toEqual([4, 6]);
    expect(Array.from(snapshot.outbound.rowStart)).toEqual([0, 2, 3]);
  });

  it('counts the rows of a listening port as inbound, even when the listener comes last', () => {
    const served = [out(8080, { remotePort: 50_000 }), out(8080, { remotePort: 50_001, state: 'TIME_WAIT', timer: 3 })];
    const snapshot = snapshotOf([...served, out(40_000), listener(8080, '::')]);
    expect(inboundCounts(snapshot)).toEqual({ 8080: { ESTABLISHED: 1, TIME_WAIT: 1, LISTEN: 1 } });
    expect(outboundLines(snapshot)).toHaveLength(1);
    expect(Array.from(snapshot.listeningPorts)).toEqual([8080]);
    expect(snapshot.outbound.remotePort).toHaveLength(1);
  });

  it('shows a loopback connection once in each direction', () => {
    const loop = { local: '127.0.0.1', remote: '127.0.0.1' };
    const snapshot = snapshotOf([
      listener(9000),
      out(40_000, { ...loop, remotePort: 9000 }),
      out(9000, { ...loop, remotePort: 40_000 }),
    ]);
    expect(outboundLines(snapshot)).toEqual(['127.0.0.1 40000 > 127.0.0.1 9000 ESTABLISHED 0:0']);
    expect(inboundCounts(snapshot)).toEqual({ 9000: { LISTEN: 1, ESTABLISHED: 1 } });
  });

  it('counts the rows of a port as inbound for 60 s after its listener was closed', () => {
    const builder = createSnapshotBuilder(createListenerMemory(60_000));
    const dump = (rows: Row[], monotonicMs: number): Snapshot => {
      builder.begin();
      addRows(builder, rows);
      return builder.finish({ ...META, monotonicMs });
    };
    const left = [out(8080, { state: 'TIME_WAIT', timer: 3 })];
    dump([listener(8080)], 0);
    expect(inboundCounts(dump(left, 59_000))).toEqual({ 8080: { TIME_WAIT: 1 } });
    expect(Array.from(dump(left, 60_001).listeningPorts)).toEqual([]);
    expect(outboundLines(dump(left, 60_002))).toHaveLength(1);
  });

  it('lists bound ports and makes no group of them', () => {
    const bound = out(45_000, { remote: '0.0.0.0', remotePort: 0, state: 'BOUND_INACTIVE' });
    const snapshot = snapshotOf([bound, bound, out(8080, { ...bound, localPort: 8080 }), listener(8080)]);
    expect(Array.from(snapshot.boundPorts)).toEqual([8080, 45_000]);
    expect(snapshot.outbound.remotePort).toHaveLength(0);
    expect(inboundCounts(snapshot)).toEqual({ 8080: { LISTEN: 1, BOUND_INACTIVE: 1 } });
  });

  it('counts rows with an unknown state as malformed, and discards a dump that was not finished', () => {
    const builder = createSnapshotBuilder(createListenerMemory(60_000));
    builder.begin();
    builder.add(0, 0, 0xffff, 1, 1, 0, 0, 0xffff, 2, 2, 14, 0, 0, 0);
    builder.add(0, 0, 0xffff, 1, 1, 0, 0, 0xffff, 2, 2, 0, 0, 0, 0);
    builder.addMalformed(3);
    expect([builder.rows(), builder.malformed()]).toEqual([0, 5]);
    builder.begin();
    addRows(builder, [out(5)]);
    const snapshot = builder.finish(META);
    expect([snapshot.rows, snapshot.malformed]).toEqual([1, 0]);
  });

  it('cuts a timer that does not fit into 32 bits to the largest value that does', () => {
    expect(outboundLines(snapshotOf([out(1, { expiresMs: 0xffff_ffff })]))[0]).toContain(`:${String(0x7fff_ffff)}`);
  });

  it('keeps the retransmissions of each row with that row, and cuts them to 255', () => {
    const again = { state: 'SYN_SENT', timer: 1, expiresMs: 700 } as const;
    const snapshot = snapshotOf([
      out(40_000, { ...again, retransmits: 3 }),
      out(40_001, { ...again, remotePort: 80, retransmits: 256 }),
      out(40_002, { ...again, retransmits: 10 }),
      out(40_003, { remotePort: 80 }),
    ]);
    expect(Array.from(snapshot.outboundRows.localPort)).toEqual([40_000, 40_002, 40_001, 40_003]);
    expect(Array.from(snapshot.outboundRows.retransmits)).toEqual([3, 10, 255, 0]);
  });

  describe('of a table whose TIME_WAIT rows have no timer, as gVisor prints them', () => {
    const timed = (port: number): Row => out(port, { state: 'TIME_WAIT', timer: 3, expiresMs: 0 });
    const untimed = (port: number): Row => out(port, { state: 'TIME_WAIT' });
    const live = out(1);

    it.each([
      ['all have one, though it has expired', [timed(2), timed(3), live], true],
      ['none has one', [untimed(2), untimed(3), live], false],
      ['most have one', [timed(2), timed(3), untimed(4)], true],
      ['half of them have one', [timed(2), untimed(3)], true],
      ['most have none', [timed(2), untimed(3), untimed(4)], false],
      ['there is none in TIME_WAIT', [live, live], true],
    ])('judges by the majority: %s', (_name, rows, hasTimers) => {
      const snapshot = snapshotOf(rows);
      expect(snapshot.hasTimers).toBe(hasTimers);
      if (!hasTimers) expect(new Set(snapshot.outboundRows.expiresMs)).toEqual(new Set([-1]));
    });

    it('counts the rows of servers too', () => {
      const served = { localPort: 8080, remotePort: 50_000 };
      const rows = [listener(8080), { ...untimed(0), ...served }, live];
      expect(snapshotOf(rows).hasTimers).toBe(false);
    });

    it('judges a table without TIME_WAIT rows as the one before it', () => {
      const builder = createSnapshotBuilder(createListenerMemory(60_000));
      const judge = (rows: readonly Row[]): boolean => {
        builder.begin();
        addRows(builder, rows);
        return builder.finish(META).hasTimers;
      };
      expect([[untimed(2)], [live], [timed(2)], [live]].map(judge)).toEqual([false, false, true, true]);
    });

    it('believes a source that says it has no timers', () => {
      expect(snapshotOf([timed(2)], { hasTimers: false }).hasTimers).toBe(false);
    });
  });

  it('returns arrays that the next dump does not change, exactly as large as their content', () => {
    const builder = createSnapshotBuilder(createListenerMemory(60_000));
    builder.begin();
    addRows(builder, [out(1), out(2)]);
    const first = builder.finish(META);
    builder.begin();
    addRows(builder, [out(3)]);
    builder.finish(META);
    expect(Array.from(first.outboundRows.localPort)).toEqual([1, 2]);
    expect(first.outboundRows.expiresMs.buffer.byteLength).toBe(8);
  });

  it('keeps every one of many groups and rows while it grows', () => {
    const rows = Array.from({ length: 20_000 }, (_, index) =>
      out(index % 60_000, {
        remote: formatAddress(0, 0, 0xffff, 0x0a00_0000 + (index % 7000)),
        remotePort: 1 + (index % 3),
      }),
    );
    const snapshot = snapshotOf(rows);
    expect(snapshot.outbound.remotePort).toHaveLength(
      new Set(rows.map((row) => `${row.remote} ${row.remotePort}`)).size,
    );
    expect(outboundLines(snapshot)).toEqual(outboundLines(snapshotOf([...rows].reverse())));
  });

  it('gives the same snapshot for every order of the rows (property)', () => {
    fc.assert(
      fc.property(
        fc
          .array(anyRow, { maxLength: 60 })
          .chain((rows) => fc.tuple(fc.constant(rows), fc.shuffledSubarray(rows, { minLength: rows.length }))),
        ([rows, shuffled]) => {
          const [inOrder, inDisorder] = [snapshotOf(rows), snapshotOf(shuffled)];
          expect(outboundLines(inDisorder)).toEqual(outboundLines(inOrder));
          expect(inboundCounts(inDisorder)).toEqual(inboundCounts(inOrder));
          expect(inDisorder.listeningPorts).toEqual(inOrder.listeningPorts);
          expect(inDisorder.boundPorts).toEqual(inOrder.boundPorts);
        },
      ),
    );
  });

  it('puts every row into exactly one of outbound and inbound (property)', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 60 }), (rows) => {
        const listening = new Set(rows.filter((row) => row.state === 'LISTEN').map((row) => row.localPort));
        const isOut = (row: Row): boolean => row.state !== 'BOUND_INACTIVE' && !listening.has(row.localPort);
        const snapshot = snapshotOf(rows);
        const inbound = snapshot.inbound.counts.reduce((sum, count) => sum + count, 0);
        expect(outboundLines(snapshot)).toHaveLength(rows.filter(isOut).length);
        expect(inbound).toBe(rows.filter((row) => listening.has(row.localPort)).length);
      }),
    );
  });
});
