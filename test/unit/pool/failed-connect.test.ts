import { describe, expect, it } from 'vitest';
import { isFailureOf, type FailedConnect } from '../../../daemon/pool/failed-connect.js';

const CONNECT_POOL = {
  kind: 'connect',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  capacity: 1000,
  used: 1000,
} as const;
const BIND_POOL = { ...CONNECT_POOL, kind: 'bind', remoteAddress: null, remotePort: null } as const;
const CONNECT: FailedConnect = {
  atMs: 0,
  kind: 'connect',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  pid: 1,
  name: 'client',
};
const BIND: FailedConnect = { ...CONNECT, kind: 'bind', remoteAddress: null, remotePort: null };

describe('a failed connect', () => {
  it.each([
    ['its own pool', CONNECT, true],
    ['a pool of another local address', { ...CONNECT, localAddress: '10.0.0.9' }, false],
    ['a pool of another remote address', { ...CONNECT, remoteAddress: '10.0.0.3' }, false],
    ['a pool of another remote port', { ...CONNECT, remotePort: 80 }, false],
  ])('towards %s counts or not by its addresses', (_name, failure, expected) =>
    expect(isFailureOf(CONNECT_POOL, failure)).toBe(expected),
  );

  it('never counts for a bind pool', () => expect(isFailureOf(BIND_POOL, CONNECT)).toBe(false));
});

describe('a failed bind', () => {
  it('counts for the bind pool of its local address and for no connect pool', () => {
    expect(isFailureOf(BIND_POOL, BIND)).toBe(true);
    expect(isFailureOf(BIND_POOL, { ...BIND, localAddress: '10.0.0.9' })).toBe(false);
    expect(isFailureOf(CONNECT_POOL, BIND)).toBe(false);
  });

  it.each([
    [949, false],
    [950, true],
  ])('without an address counts for a pool of 1,000 ports with %i in use: %s', (used, expected) => {
    expect(isFailureOf({ ...BIND_POOL, used }, { ...BIND, localAddress: null })).toBe(expected);
  });
});

describe('a failed bind to the wildcard address', () => {
  const WILDCARD_POOL = { ...BIND_POOL, localAddress: '0.0.0.0' };
  it.each(['0.0.0.0', '::', null])('counts for the full pool of the wildcard: %s', (localAddress) => {
    expect(isFailureOf(WILDCARD_POOL, { ...BIND, localAddress })).toBe(true);
    expect(isFailureOf({ ...WILDCARD_POOL, localAddress: '::' }, { ...BIND, localAddress })).toBe(true);
  });

  it('counts for the pool of one address only while that is nearly full', () => {
    const failure = { ...BIND, localAddress: '0.0.0.0' };
    expect(isFailureOf(BIND_POOL, failure)).toBe(true);
    expect(isFailureOf({ ...BIND_POOL, used: 500 }, failure)).toBe(false);
  });

  it('is not the failure of a bind to one address', () => {
    expect(isFailureOf(WILDCARD_POOL, { ...BIND, localAddress: '10.0.0.1' })).toBe(false);
  });
});

it('a failed bind without an address counts for a pool that was full until a batch of its ports came free', () => {
  const failure = { ...BIND, localAddress: null };
  expect(isFailureOf({ ...BIND_POOL, used: 300, heldLately: 1000 }, failure)).toBe(true);
  expect(isFailureOf({ ...BIND_POOL, used: 300, heldLately: 400 }, failure)).toBe(false);
});
