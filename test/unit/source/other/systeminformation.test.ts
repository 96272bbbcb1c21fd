import { describe, expect, it } from 'vitest';
import {
  addConnectionRow,
  openSysteminformationSource,
  parseNetstat,
  type ConnectionRow,
} from '../../../../daemon/source/other/systeminformation.js';
import { rowLog } from '../../../builders/row-sink.js';

const row = (change: Partial<ConnectionRow> = {}): ConnectionRow => ({
  protocol: 'tcp',
  localAddress: '10.0.0.1',
  localPort: '40000',
  peerAddress: '10.0.0.2',
  peerPort: '443',
  state: 'ESTABLISHED',
  ...change,
});

describe('systeminformation rows', () => {
  it.each<[string, Partial<ConnectionRow>, string]>([
    ['Linux netstat', {}, '10.0.0.1 40000 > 10.0.0.2 443 state 1'],
    ['ss', { state: 'TIME-WAIT' }, '10.0.0.1 40000 > 10.0.0.2 443 state 6'],
    [
      'ss brackets',
      { protocol: 'tcp', localAddress: '[::1]', peerAddress: '[::ffff:10.0.0.2]' },
      '::1 40000 > 10.0.0.2 443 state 1',
    ],
    [
      'a scope',
      { protocol: 'tcp6', localAddress: 'fe80::1%lo0', peerAddress: 'fe80::2%lo0' },
      'fe80::1 40000 > fe80::2 443 state 1',
    ],
    [
      'macOS',
      { protocol: 'tcp4', localAddress: '*', peerAddress: '*', peerPort: '*', state: 'LISTEN' },
      '0.0.0.0 40000 > 0.0.0.0 0 state 10',
    ],
    [
      'macOS IPv6',
      { protocol: 'tcp6', localAddress: '*', peerAddress: '*', peerPort: '*', state: 'LISTEN' },
      ':: 40000 > :: 0 state 10',
    ],
    [
      'Windows',
      { protocol: 'TCP', peerAddress: '0.0.0.0', peerPort: '0', state: 'LISTENING' },
      '10.0.0.1 40000 > 0.0.0.0 0 state 10',
    ],
    ['Windows states', { state: 'FIN_WAIT_2' }, '10.0.0.1 40000 > 10.0.0.2 443 state 5'],
    ['Windows BOUND', { state: 'BOUND' }, '10.0.0.1 40000 > 10.0.0.2 443 state 13'],
  ])('reads the row of %s', (_name, change, line) => {
    const sink = rowLog();
    addConnectionRow(row(change), sink);
    expect(sink.lines).toEqual([`${line} timer 0 -1`]);
  });

  it.each<Partial<ConnectionRow>>([
    { localPort: '70000' },
    { peerPort: 'https' },
    { localAddress: '2001:db8:85a3:8d3:1319:' },
    { state: 'HERGESTELLT' },
    { state: 'constructor' },
  ])('counts a row with %j as malformed', (change) => {
    const sink = rowLog();
    addConnectionRow(row(change), sink);
    expect([sink.rows(), sink.malformed()]).toEqual([0, 1]);
  });

  it.runIf(process.platform === 'linux')('leaves out an IPv6 address that netstat may have cut', () => {
    const whole = {
      protocol: 'tcp6',
      localAddress: 'fe80::1',
      peerAddress: 'fe80::1234:5678:9abc:def1',
      peerPort: '9000',
    };
    const sink = rowLog();
    addConnectionRow(row(whole), sink);
    addConnectionRow(row({ ...whole, peerAddress: '[fe80::1234:5678:9a]' }), sink);
    expect([sink.rows(), sink.malformed()]).toEqual([2, 0]);
    addConnectionRow(row({ ...whole, peerAddress: 'fe80::1234:5678:9a' }), sink);
    addConnectionRow(row({ ...whole, localAddress: 'fe80::1234:5678:9', localPort: '40300' }), sink);
    expect([sink.rows(), sink.malformed()]).toEqual([2, 2]);
  });

  it('skips UDP', () => {
    const sink = rowLog();
    addConnectionRow(row({ protocol: 'udp', state: '' }), sink);
    expect([sink.rows(), sink.malformed()]).toEqual([0, 0]);
  });
});

describe('systeminformation source', () => {
  it('rejects an empty list without the listener that it opened', async () => {
    await expect(openSysteminformationSource(() => Promise.resolve([]))).rejects.toMatchObject({
      code: 'SOURCE_UNAVAILABLE',
    });
  });

  it('rejects such a list at a later dump as well', async () => {
    const listings = [[row()], [], []];
    const source = await openSysteminformationSource(() => Promise.resolve(listings.shift() ?? []));
    await expect(source.dump(rowLog())).rejects.toMatchObject({ code: 'SOURCE_UNAVAILABLE' });
  });

  it('rejects a list of which no row can be parsed', async () => {
    const source = await openSysteminformationSource(() => Promise.resolve([row({ state: 'HERGESTELLT' })]));
    await expect(source.dump(rowLog())).rejects.toMatchObject({ code: 'SOURCE_MALFORMED' });
  });

  const cut = row({ protocol: 'tcp6', localAddress: 'fe80::1', peerAddress: 'fe80::1234:5678:9a', peerPort: '9000' });
  const whole = { ...cut, peerAddress: 'fe80::1234:5678:9abc:def1' };
  const asWide = { ...cut, peerPort: '9001' };

  it.runIf(process.platform === 'linux')(
    'lists with whole addresses once some may be cut, and takes every row of that list as it is',
    async () => {
      let lists = 0;
      const list = () => Promise.resolve([[row(), cut], [cut]][Math.min(lists++, 1)] ?? []);
      const source = await openSysteminformationSource(list, () => Promise.resolve([whole, asWide]));
      const sink = rowLog();
      for (let dump = 0; dump < 2; dump += 1) {
        await source.dump(sink);
        expect(sink.lines.map((line) => line.split(' ')[3])).toEqual([
          'fe80::1234:5678:9abc:def1',
          'fe80::1234:5678:9a',
        ]);
        expect(sink.malformed()).toBe(0);
      }
      expect(lists).toBe(2);
    },
  );

  it.runIf(process.platform === 'linux')('counts rows that may be cut where no whole list can be had', async () => {
    const source = await openSysteminformationSource(
      () => Promise.resolve([row(), cut, cut]),
      () => Promise.resolve([]),
    );
    const sink = rowLog();
    await source.dump(sink);
    await source.dump(sink);
    expect([sink.rows(), sink.malformed()]).toEqual([1, 2]);
  });

  it('parses what netstat prints', () => {
    const text = [
      'Active Internet connections (servers and established)',
      'Proto Recv-Q Send-Q Local Address           Foreign Address         State      ',
      'tcp        0      0 0.0.0.0:22              0.0.0.0:*               LISTEN     ',
      'tcp6       0      0 2001:db8:85a3:8d3:1319:8a2e:370:7344:40101 2001:db8::1:9000 TIME_WAIT  ',
      'udp        0      0 127.0.0.1:53            0.0.0.0:*',
      '',
    ].join('\n');
    expect(parseNetstat(text)).toEqual([
      row({ localAddress: '0.0.0.0', localPort: '22', peerAddress: '0.0.0.0', peerPort: '*', state: 'LISTEN' }),
      row({
        protocol: 'tcp6',
        localAddress: '2001:db8:85a3:8d3:1319:8a2e:370:7344',
        localPort: '40101',
        peerAddress: '2001:db8::1',
        peerPort: '9000',
        state: 'TIME_WAIT',
      }),
    ]);
  });

  it('dumps the rows of the list', async () => {
    const source = await openSysteminformationSource(() => Promise.resolve([row(), row({ localPort: 'x' })]));
    const sink = rowLog();
    expect(await source.dump(sink)).toEqual({ interrupted: false });
    expect([sink.rows(), sink.malformed()]).toEqual([1, 1]);
  });
});
