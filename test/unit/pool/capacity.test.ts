import { describe, expect, it } from 'vitest';
import { countUnusedCapacity, explainNoUsablePort } from '../../../daemon/pool/capacity.js';
import { countFrom, tableOf } from '../../builders/pool-tables.js';
import { limitsOf } from '../../tools/simulator/world.js';

const RANGE = { first: 20_000, last: 20_999 };
const WHOLE = [{ first: 1, last: 65_535 }];
const empty = tableOf([]);

describe('why no port is usable', () => {
  it('is null while one port is left, also in a range of one port', () => {
    expect(explainNoUsablePort(empty, limitsOf({ range: RANGE }))).toBeNull();
    expect(explainNoUsablePort(empty, limitsOf({ range: { first: 20_000, last: 20_000 } }))).toBeNull();
    const allButOne = limitsOf({ range: RANGE, reservedPorts: [{ first: 20_001, last: 65_535 }] });
    expect(explainNoUsablePort(empty, allButOne)).toBeNull();
    expect(countUnusedCapacity(empty, allButOne)).toBe(1);
  });

  it('counts the reserved ports of the range, also before the first table', () => {
    const limits = limitsOf({ range: { first: 32_768, last: 60_999 }, reservedPorts: WHOLE });
    const why = 'the range 32768-60999 has no usable port (28,232 reserved)';
    expect([explainNoUsablePort(empty, limits), explainNoUsablePort(null, limits)]).toEqual([why, why]);
  });

  it('counts listeners and bound sockets, and a port that is blocked twice once', () => {
    const limits = limitsOf({ range: RANGE, reservedPorts: [{ first: 20_000, last: 20_899 }] });
    const table = tableOf([], { listeners: [80, ...countFrom(20_890, 60)], bound: countFrom(20_940, 60) });
    expect(explainNoUsablePort(table, limits)).toBe(
      'the range 20000-20999 has no usable port (900 reserved, 50 with a LISTEN socket, 50 bound without being connected)',
    );
    expect(explainNoUsablePort(table, limitsOf({ range: { first: 20_950, last: 20_950 } }))).toBe(
      'the range 20950-20950 has no usable port (1 bound without being connected)',
    );
  });

  it('is that the range is empty where its first port is above its last', () => {
    const limits = { ...limitsOf(), range: { first: 61_000, last: 32_768 } };
    expect(explainNoUsablePort(empty, limits)).toBe('the range 61000-32768 is empty');
  });
});
