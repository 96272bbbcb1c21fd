import { describe, expect, it } from 'vitest';
import { findOwnTraffic, type OwnEndpoints } from '../../../daemon/pool/own-traffic.js';
import { createPoolForecast } from '../../builders/pool-forecast.js';

const own = (changes: Partial<OwnEndpoints> = {}): OwnEndpoints => ({
  http: () => ({ address: '127.0.0.1', port: 9470 }),
  countOpened: (address, port) => (address === '192.0.2.25' && port === 587 ? 2 : 0),
  ...changes,
});
const viewer = { localAddress: '127.0.0.1', remoteAddress: '127.0.0.1', remotePort: 9470, used: 6 };
const mail = { remoteAddress: '192.0.2.25', remotePort: 587 };
const find = (pool: Parameters<typeof createPoolForecast>[0], of = own()) =>
  findOwnTraffic(createPoolForecast(pool), of);

describe('the traffic of portcast itself', () => {
  it('is that of its viewers on the port of its HTTP server', () => {
    expect(find(viewer)).toBe('viewer');
    expect(find({ ...viewer, remotePort: 9471 })).toBeNull();
    expect(find({ ...viewer, localAddress: '10.0.0.1', remoteAddress: '10.0.0.2' })).toBeNull();
    expect(find({ ...viewer, remoteAddress: '127.0.0.2' })).toBeNull();
    expect(find({ ...viewer, namespace: 'blue' })).toBeNull();
    expect(find(viewer, own({ http: () => null }))).toBeNull();
  });

  it('is that of viewers at every address of the host where the server listens on all', () => {
    const all = own({ http: () => ({ address: '0.0.0.0', port: 9470 }) });
    expect(find({ ...viewer, localAddress: '10.0.0.1', remoteAddress: '10.0.0.1' }, all)).toBe('viewer');
    expect(find({ ...viewer, localAddress: '10.0.0.1', remoteAddress: '10.0.0.2' }, all)).toBeNull();
  });

  it('is that of its channels only while it opened as many connections as the pool holds ports', () => {
    expect(find({ ...mail, used: 2 })).toBe('portcast');
    expect(find({ ...mail, used: 3 })).toBeNull();
    expect(find({ ...mail, used: 0 })).toBeNull();
    expect(find({ ...mail, remotePort: 25, used: 1 })).toBeNull();
  });

  it('is no pool whose ports are bound, which other programs share', () => {
    expect(find({ kind: 'bind', remoteAddress: null, remotePort: null, used: 1 })).toBeNull();
  });
});
