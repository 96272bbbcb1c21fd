import { describe, expect, it } from 'vitest';
import { parsePortRange } from '../../../daemon/host/port-range.js';

describe('parsePortRange', () => {
  it.each([
    ['1024-5000', { first: 1024, last: 5000 }],
    ['1-65535', { first: 1, last: 65_535 }],
    ['80-80', { first: 80, last: 80 }],
  ])('reads %s', (text, range) => expect(parsePortRange(text)).toEqual(range));

  it.each(['0-10', '5000-1024', '1024-65536', '80', '1024 5000', '1024-', '-5000', '1-2-3', '000001-2', 'all', ''])(
    'refuses %j',
    (text) => expect(parsePortRange(text)).toBeNull(),
  );
});
