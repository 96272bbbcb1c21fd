import { describe, expect, it } from 'vitest';
import { formatAddressIdPart, formatIdPart } from '../../../daemon/snapshot/id-parts.js';
import { listPortSamples } from '../../../daemon/snapshot/port-series.js';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { listener, snapshotOf, type Row } from '../../builders/socket-rows.js';

const to = (remote: string, more: Partial<Row> = {}): Row => ({
  local: '10.0.0.1',
  localPort: 40_000,
  remote,
  remotePort: 443,
  state: 'TIME_WAIT',
  ...more,
});

describe('port series', () => {
  it('gives one series per destination for all local addresses, and one per listening port', () => {
    const { listed: samples, unlisted } = listPortSamples(
      snapshotOf([
        listener(8080),
        to('10.0.0.9', { localPort: 8080, remotePort: 50_000, state: 'ESTABLISHED' }),
        to('10.0.0.2'),
        to('10.0.0.2', { local: '10.0.0.7', state: 'ESTABLISHED' }),
        to('2001:db8::2', { local: '2001:db8::1' }),
      ]),
    );
    expect(samples.map(({ id }) => id)).toEqual(['in_host_8080', 'out_host_10.0.0.2_443', 'out_host_2001-db8--2_443']);
    const [inbound, outbound] = samples;
    expect(inbound).toMatchObject({ direction: 'in', address: null, port: 8080, namespace: 'host' });
    expect([inbound?.states[STATE.LISTEN - 1], inbound?.states[STATE.ESTABLISHED - 1]]).toEqual([1, 1]);
    expect(outbound).toMatchObject({ direction: 'out', address: '10.0.0.2', port: 443 });
    expect([outbound?.states[STATE.TIME_WAIT - 1], outbound?.states[STATE.ESTABLISHED - 1]]).toEqual([1, 1]);
    expect(outbound?.states).toHaveLength(13);
    expect(unlisted).toBeNull();
  });

  it('gives no series for a table without sockets', () => expect(listPortSamples(snapshotOf([])).listed).toEqual([]));
});

describe('the parts of ids', () => {
  it.each([
    ['host', 'host'],
    ['web-1.example', 'web-1.example'],
    ['a_b', 'a~5Fb'],
    ['a~5Fb', 'a~7E5Fb'],
    ['../x y', '..~2Fx~20y'],
    ['\u00fc', '~C3~BC'],
    ['@[`{', '~40~5B~60~7B'],
  ])('write %j as %s, which needs no escaping in a URL', (name, part) => {
    expect(formatIdPart(name)).toBe(part);
    expect(encodeURIComponent(part)).toBe(part);
  });

  it('write the colons of IPv6 as dashes', () => expect(formatAddressIdPart('fe80::1')).toBe('fe80--1'));
});
