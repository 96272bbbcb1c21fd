import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { readAddress, readDraft, writeAddress } from '../../../../../dashboard/src/pages/what-if/draft.js';
import {
  CHANGE_FIELDS,
  HOST_FIELDS,
  LOAD_FIELDS,
  positionOf,
  POSITIONS,
  RANGE_FIELDS,
  valueAt,
} from '../../../../../dashboard/src/pages/what-if/fields.js';
import { parsePlanQuery } from '../../../../../daemon/api/plan-query.js';
import { writeIncidentQuery } from '../../../../../daemon/wire/plan.js';

const RANGE = [32_768, 60_999] as const;

describe('the address', () => {
  it.each([
    'rate=800&sources=2',
    'pool=connect_host_a_b_443&requests=10&reuse=true',
    'incident=i1&ports=1024-65535&timeWait=30s&reserved=12&live=5',
    'ports=1024-',
    'live=x',
  ])('%s is read and written again', (params) => {
    const { source, draft } = readAddress(params);
    const again = new URLSearchParams(writeAddress(source, draft));
    expect(Object.fromEntries(again)).toEqual(Object.fromEntries(new URLSearchParams(params)));
  });

  it('of an incident becomes a query that the daemon takes', () => {
    const params = 'incident=i%201&ports=1024-65535&timeWait=30.5s&requests=1.5&rate=1,500&live=%202&reuse=true';
    const wanted = readDraft(readAddress(params).draft, null).settings;
    expect(wanted).toMatchObject({ rate: 1500, live: 2, timeWaitMs: 30_500 });
    const { subject, settings } = parsePlanQuery(`/api/v1/plan?${writeIncidentQuery('i 1', wanted)}`);
    expect(subject).toEqual({ kind: 'incident', id: 'i 1' });
    expect(settings).toEqual(wanted);
  });

  it('of anything is read without an error (property)', () => {
    fc.assert(
      fc.property(fc.string(), (params) => {
        const { source, draft } = readAddress(params);
        readDraft(draft, RANGE);
        writeAddress(source, draft);
      }),
    );
  });
});

describe('what is typed', () => {
  const read = (params: string) => readDraft(readAddress(params).draft, RANGE);
  it('becomes settings, with the end of the range that is not typed as it is', () => {
    expect(read('ports=1024-&rate=0.5&live=1,500&timeWait=30s')).toEqual({
      settings: { ports: [1024, 60_999], rate: 0.5, live: 1500, timeWaitMs: 30_000 },
      problems: [],
    });
    expect(readDraft(readAddress('ports=1024-').draft, null).problems).toMatchObject([{ field: 'ports' }]);
  });

  it.each(['x', '1e3', '1,5', '--1', '0x10', '1.', 'Infinity'])('%s is no number', (text) => {
    expect(read(`live=${text}`).problems).toMatchObject([{ field: 'live', found: text }]);
  });
});

describe('a slider', () => {
  it.each(
    [...CHANGE_FIELDS, ...LOAD_FIELDS, ...RANGE_FIELDS, ...HOST_FIELDS].map((shape) => [shape.key, shape] as const),
  )('of %s reaches both ends, never falls, and stands where its value is', (_, shape) => {
    expect(valueAt(shape, 0)).toBe(shape.min);
    expect(valueAt(shape, POSITIONS)).toBe(shape.max);
    let before = -Infinity;
    for (let position = 0; position <= POSITIONS; position += 1) {
      const value = valueAt(shape, position);
      expect(value).toBeGreaterThanOrEqual(before);
      if (shape.isWhole) expect(Number.isInteger(value)).toBe(true);
      // A whole number stands for all positions that are rounded to it.
      expect(Math.abs(valueAt(shape, positionOf(shape, value)) - value)).toBeLessThanOrEqual(
        shape.isWhole ? 1 : value / 50,
      );
      before = value;
    }
  });

  it('stands at its end for a value beyond it', () => {
    for (const shape of LOAD_FIELDS) {
      expect(positionOf(shape, 1e9)).toBe(POSITIONS);
      expect(positionOf(shape, 0)).toBe(0);
    }
  });
});
