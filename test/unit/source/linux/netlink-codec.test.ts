import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { formatAddress } from '../../../../daemon/host/ip-address.js';
import {
  CONNECTION_STATES,
  createNetlinkDecoder,
  encodeDumpRequest,
  type DatagramOutcome,
} from '../../../../daemon/source/linux/netlink-codec.js';
import { datagram, diagPayload, message, status, type DiagRow } from '../../../builders/netlink-bytes.js';
import { rowLog, type RowLog } from '../../../builders/row-sink.js';

const v4: DiagRow = {
  family: 2,
  local: '10.0.0.1',
  localPort: 40_000,
  remote: '10.0.0.2',
  remotePort: 443,
  state: 6,
  timer: 3,
  expiresMs: 59_123,
};
/** nlmsghdr and struct inet_diag_msg. */
const SHORTEST_ROW_BYTES = 16 + 72;
const LINE = '10.0.0.1 40000 > 10.0.0.2 443 state 6 timer 3 59123';

function decode(bytes: Uint8Array, sink: RowLog = rowLog()): { outcome: DatagramOutcome; sink: RowLog } {
  const buffer = new ArrayBuffer(4096);
  new Uint8Array(buffer).set(bytes);
  return { outcome: createNetlinkDecoder(buffer).decode(bytes.length, { seq: 1, sink }), sink };
}

describe('netlink codec', () => {
  it('encodes a request for one dump of both families, in all states of connections', () => {
    const request = encodeDumpRequest(7, CONNECTION_STATES);
    expect(Array.from(new Uint32Array(request.buffer, 0, 1))).toEqual([76]);
    expect(Array.from(new Uint16Array(request.buffer, 4, 2))).toEqual([18, 0x301]);
    expect(Array.from(new Uint32Array(request.buffer, 8, 2))).toEqual([7, 0]);
    expect(Array.from(new Uint32Array(request.buffer, 68, 2))).toEqual([0x1f7e, 0]);
  });

  it.each<[string, Partial<DiagRow>, string]>([
    ['IPv4', {}, LINE],
    ['IPv6', { family: 10, local: '2001:db8::1', remote: '::1' }, '2001:db8::1 40000 > ::1 443 state 6 timer 3 59123'],
    ['v4-mapped as IPv4', { family: 10, local: '::ffff:10.0.0.1', remote: '::ffff:10.0.0.2' }, LINE],
    ['high addresses', { remote: '255.254.253.252' }, LINE.replace('10.0.0.2', '255.254.253.252')],
    [
      'ports above 32767',
      { localPort: 65_535, remotePort: 61_000 },
      '10.0.0.1 65535 > 10.0.0.2 61000 state 6 timer 3 59123',
    ],
    [
      'the CLOSE of bound sockets as BOUND_INACTIVE',
      { state: 7, timer: 0, expiresMs: 0 },
      LINE.replace('6 timer 3 59123', '13 timer 0 0'),
    ],
  ])('decodes %s', (_name, change, line) => {
    const { outcome, sink } = decode(message(diagPayload({ ...v4, ...change })));
    expect(sink.lines).toEqual([line]);
    expect(outcome).toEqual({ done: false, interrupted: false });
  });

  it('decodes every row of a datagram, and the end of the dump', () => {
    const row = message(diagPayload(v4));
    const { outcome, sink } = decode(datagram(row, message(new Uint8Array(), { type: 1 }), row, status(3, 0)));
    expect(sink.lines).toEqual([LINE, LINE]);
    expect(outcome.done).toBe(true);
    expect(sink.malformed()).toBe(0);
  });

  it('notes NLM_F_DUMP_INTR on a row and on the end of the dump', () => {
    expect(decode(message(diagPayload(v4), { flags: 0x12 })).outcome.interrupted).toBe(true);
    expect(decode(status(3, 0, { flags: 0x12 })).outcome).toEqual({ done: true, interrupted: true });
  });

  it.each([
    [2, -2, /errno 2 \(ENOENT.*tcp_diag/],
    [2, -13, /errno 13 \(EACCES/],
    [3, -22, /errno 22/],
    [3, -4095, /errno 4095$/],
  ] as const)('throws for message type %i with code %i', (type, code, text) => {
    expect(() => decode(status(type, code))).toThrow(text);
    expect(() => decode(status(type, code))).toThrow(expect.objectContaining({ code: 'SOURCE_UNAVAILABLE' }));
  });

  it('goes on after an acknowledgement, which is an error message with code 0', () =>
    expect(decode(status(2, 0)).outcome.done).toBe(false));

  it('skips the messages of an abandoned dump', () => {
    const stale = { seq: 0, flags: 0x12 };
    const { outcome, sink } = decode(
      datagram(message(diagPayload(v4), stale), status(2, -2, stale), status(3, 0, stale)),
    );
    expect([outcome, sink.lines, sink.malformed()]).toEqual([{ done: false, interrupted: false }, [], 0]);
  });

  const row = message(diagPayload(v4));
  const withLength = (length: number): Uint8Array => {
    const bytes = row.slice();
    new Uint32Array(bytes.buffer)[0] = length;
    return bytes;
  };
  it.each([
    ['a message longer than the datagram', datagram(row, withLength(500)), 1, 1],
    ['a message shorter than a header', datagram(row, withLength(8), row), 1, 1],
    ['a length of 0', withLength(0), 0, 1],
    ['a datagram cut off in a row', row.slice(0, 60), 0, 1],
    ['a datagram cut off in a header', datagram(row, row.slice(0, 7)), 1, 1],
    ['a row that is too short', datagram(message(diagPayload(v4).slice(0, 71)), row), 1, 1],
    ['a family that is not IP', datagram(message(diagPayload({ ...v4, family: 1 as 2 })), row), 1, 1],
    ['a message of an unknown type', datagram(message(diagPayload(v4), { type: 99 }), row), 1, 1],
    ['a row without attributes', message(diagPayload(v4).slice(0, 72)), 1, 0],
    ['a row whose length is no multiple of four', datagram(message(diagPayload(v4).slice(0, 73)), row), 2, 0],
    ['nothing at all', new Uint8Array(), 0, 0],
  ])('returns rows and malformed rows for %s, and never throws', (_name, bytes, rows, malformed) => {
    const { sink } = decode(bytes);
    expect([sink.lines.length, sink.malformed()]).toEqual([rows, malformed]);
  });

  const word = fc.integer();
  const anyRow = fc
    .record({
      localPort: fc.nat(65_535),
      remotePort: fc.nat(65_535),
      state: fc.integer({ min: 1, max: 12 }),
      timer: fc.nat(4),
      expiresMs: fc.nat(0xffff_ffff),
      retransmits: fc.integer({ min: 1, max: 255 }),
    })
    .chain((rest) =>
      fc.oneof(
        fc.tuple(word, word).map(([a, b]) => ({
          ...rest,
          family: 2 as const,
          local: formatAddress(0, 0, 0xffff, a),
          remote: formatAddress(0, 0, 0xffff, b),
        })),
        fc.tuple(word, word, word, word).map(([a, b, c, d]) => ({
          ...rest,
          family: 10 as const,
          local: formatAddress(a, b, c, d),
          remote: formatAddress(d, c, b, a),
        })),
      ),
    )
    .filter((candidate) => candidate.state !== 7);

  it('decodes the rows that were encoded', () => {
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 20 }), (rows) => {
        const { sink } = decode(datagram(...rows.map((each) => message(diagPayload(each)))));
        const expected = rows.map(
          (each) =>
            `${each.local} ${each.localPort} > ${each.remote} ${each.remotePort} state ${each.state} timer ${each.timer} ${each.expiresMs} sent again ${each.retransmits} times`,
        );
        expect(sink.lines).toEqual(expected);
        expect(sink.malformed()).toBe(0);
      }),
    );
  });

  const anyMessage = fc
    .record({
      payload: fc.uint8Array({ maxLength: 200 }),
      type: fc.constantFrom(1, 2, 3, 18, 20, 99),
      wrongLength: fc.option(fc.nat(300)),
    })
    .map(({ payload, type, wrongLength }) => {
      const bytes = message(payload, { type });
      if (wrongLength !== null) new Uint32Array(bytes.buffer)[0] = wrongLength;
      return bytes;
    });

  it('keeps the rows before any bytes, and throws nothing but the errno of the kernel', () => {
    fc.assert(
      fc.property(fc.array(anyMessage, { maxLength: 4 }), fc.uint8Array({ maxLength: 40 }), (messages, noise) => {
        const bytes = datagram(row, ...messages, noise);
        const sink = rowLog();
        try {
          decode(bytes, sink);
        } catch (error) {
          expect(error).toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
        }
        expect(sink.lines[0]).toBe(LINE);
        expect(sink.lines.length).toBeLessThanOrEqual(bytes.length / SHORTEST_ROW_BYTES);
      }),
    );
  });
});
