import { describe, expect, it } from 'vitest';
import {
  addConnectionRow,
  openSysteminformationSource,
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

  it('dumps the rows of the list', async () => {
    const source = await openSysteminformationSource(() => Promise.resolve([row(), row({ localPort: 'x' })]));
    const sink = rowLog();
    expect(await source.dump(sink)).toEqual({ interrupted: false });
    expect([sink.rows(), sink.malformed()]).toEqual([1, 1]);
  });
});
