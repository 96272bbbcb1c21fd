/** The other ends of a port series. */
import { describe, expect, it } from 'vitest';
import { createListenerMemory } from '../../../daemon/snapshot/listener-memory.js';
import { countOutboundEnds, createEndCounter, MAX_ENDS } from '../../../daemon/snapshot/port-ends.js';
import { createSnapshotBuilder } from '../../../daemon/snapshot/snapshot-builder.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { addRows, listener, META, snapshotOf, type Row } from '../../builders/socket-rows.js';

const from = (remote: string, remotePort: number, more: Partial<Row> = {}): Row => ({
  local: '10.0.0.1',
  localPort: 8080,
  remote,
  remotePort,
  state: 'ESTABLISHED',
  ...more,
});

function countOf(rows: readonly Row[], asked: readonly number[]) {
  const ends = createEndCounter();
  const builder = createSnapshotBuilder(createListenerMemory(60_000), ends);
  ends.begin(asked);
  builder.begin();
  addRows(builder, rows);
  builder.finish(META);
  return ends;
}

describe('the ends of an inbound port', () => {
  it('are the remote addresses with their sockets by state, the most sockets first', () => {
    const rows = [
      listener(8080),
      from('10.0.0.2', 1),
      from('10.0.0.3', 1),
      from('10.0.0.3', 2, { state: 'TIME_WAIT' }),
    ];
    const [found] = countOf(rows, [8080]).collect();
    expect(found?.ends.map(({ address, total }) => [address, total])).toEqual([
      ['10.0.0.3', 2],
      ['10.0.0.2', 1],
    ]);
    expect(found?.ends[0]?.states[STATE.TIME_WAIT - 1]).toBe(1);
    expect(found?.others).toEqual({ ends: 0, sockets: 0 });
  });

  it('are counted for the asked ports only, and anew in each dump', () => {
    const rows = [listener(8080), listener(9090), from('10.0.0.2', 1), from('10.0.0.2', 1, { localPort: 9090 })];
    const ends = countOf(rows, [9090]);
    expect(ends.collect()).toMatchObject([{ port: 9090, ends: [{ address: '10.0.0.2', total: 1 }] }]);
    ends.begin([8080]);
    expect(ends.counts(9090)).toBe(false);
    expect(ends.collect()).toEqual([{ port: 8080, ends: [], others: { ends: 0, sockets: 0 } }]);
  });

  it('are cut where there are very many, and the rest is counted', () => {
    const many = Array.from({ length: 3000 }, (_, index) => from(`10.1.${index >> 8}.${index & 255}`, 1));
    const [found] = countOf([listener(8080), ...many], [8080]).collect();
    expect(found?.ends).toHaveLength(MAX_ENDS);
    expect(found?.others).toEqual({ ends: 3000 - MAX_ENDS, sockets: 3000 - MAX_ENDS });
  });
});

describe('the ends of an outbound series', () => {
  it('are the local addresses from which its destination is used', () => {
    const to = (local: string, localPort: number, remotePort = 443): Row =>
      from('10.0.0.9', remotePort, { local, localPort });
    const snapshot = snapshotOf([to('10.0.0.1', 1), to('10.0.0.5', 2), to('10.0.0.5', 3), to('10.0.0.5', 4, 80)]);
    const { ends } = countOutboundEnds(snapshot, { address: '10.0.0.9', port: 443 });
    expect(ends.map(({ address, total }) => [address, total])).toEqual([
      ['10.0.0.5', 2],
      ['10.0.0.1', 1],
    ]);
  });
});
