import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createDuplicateFilter } from '../../../daemon/snapshot/duplicate-filter.js';
import { rowLog } from '../../builders/row-sink.js';
import { addRows, listener, type Row } from '../../builders/socket-rows.js';

const row = (localPort: number, more: Partial<Row> = {}): Row => ({
  local: '10.0.0.1',
  localPort,
  remote: '10.0.0.2',
  remotePort: 443,
  state: 'ESTABLISHED',
  ...more,
});

function pass(rows: readonly Row[], filter = createDuplicateFilter()): string[] {
  const log = rowLog();
  const sink = filter.through(log);
  sink.begin();
  addRows(sink, rows);
  expect([sink.rows(), sink.malformed()]).toEqual([log.rows(), 0]);
  return log.lines;
}

describe('duplicate filter', () => {
  it('passes each pair of ends once, as it was seen first', () => {
    const lines = pass([row(1), row(2), row(1, { state: 'TIME_WAIT', timer: 3, expiresMs: 60_000 })]);
    expect(lines).toEqual(pass([row(1), row(2)]));
  });

  it.each<[string, Partial<Row>]>([
    ['local address', { local: '10.0.0.3' }],
    ['remote address', { remote: '10.0.0.3' }],
    ['remote port', { remotePort: 80 }],
    ['family', { local: '::1', remote: '::1' }],
  ])('keeps rows apart that differ in their %s', (_name, change) => {
    expect(pass([row(1), row(1, change)])).toHaveLength(2);
  });

  it('passes every listener, because several may share a port', () => {
    expect(pass([listener(80), listener(80)])).toHaveLength(2);
  });

  it('begins anew with each dump', () => {
    const filter = createDuplicateFilter();
    expect([pass([row(1)], filter), pass([row(1)], filter)].flat()).toHaveLength(2);
  });

  it('passes all of many rows, and drops all of them the second time', () => {
    const rows = Array.from({ length: 40_000 }, (_, index) => row(index % 20_000, { remotePort: index % 7 }));
    const distinct = new Set(rows.map(({ localPort, remotePort }) => `${localPort} ${remotePort}`)).size;
    expect(pass([...rows, ...rows])).toHaveLength(distinct);
  });

  it('drops exactly the rows whose ends were there before (property)', () => {
    const anyRow = fc
      .tuple(fc.nat(3), fc.nat(2), fc.nat(2), fc.nat(2))
      .map(([localPort, remotePort, local, remote]) =>
        row(localPort, { remotePort, local: `10.0.0.${local}`, remote: `10.0.0.${remote}` }),
      );
    fc.assert(
      fc.property(fc.array(anyRow, { maxLength: 60 }), (rows) => {
        const lines = pass(rows);
        expect(new Set(lines).size).toBe(lines.length);
        expect(lines).toHaveLength(new Set(rows.map((each) => JSON.stringify(each))).size);
      }),
    );
  });
});
