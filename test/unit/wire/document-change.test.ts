import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { applyChange, findChange, type JsonObject } from '../../../daemon/wire/document-change.js';

const leaf = fc.oneof(fc.constantFrom(null, 0, 1, '', 'a', true), fc.string({ maxLength: 3 }));
const key = fc.constantFrom('id', 'a', 'b', 'list');
const { document } = fc.letrec<{ document: JsonObject; value: unknown }>((tie) => ({
  value: fc.oneof({ maxDepth: 4 }, leaf, fc.array(tie('value'), { maxLength: 4 }), tie('document')),
  document: fc.dictionary(key, tie('value'), { maxKeys: 4 }) as fc.Arbitrary<JsonObject>,
}));
const sent = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T;

describe('the change between two documents', () => {
  it('applied to the first gives exactly the second, and neither is touched', () => {
    fc.assert(
      fc.property(document, document, (before, after) => {
        const [copy, change] = [sent(before), findChange(before, after)];
        expect(change === null ? before : applyChange(before, sent(change))).toEqual(after);
        expect(before).toEqual(copy);
      }),
      { numRuns: 2000 },
    );
  });

  it('is null between equal documents', () => {
    fc.assert(fc.property(document, (each) => findChange(each, sent(each)) === null));
  });

  it('follows the entries of a list by their id, and says their new order in runs', () => {
    const list = (...ids: string[]) => ({ list: ids.map((id) => ({ id, same: 1 })) });
    expect(findChange(list('a', 'b', 'c', 'd'), list('d', 'a', 'b', 'e'))).toEqual({
      in: { list: { add: [{ id: 'e', same: 1 }], order: [3, [0, 2], 4] } },
    });
    expect(findChange(list('a', 'b'), list())).toEqual({ in: { list: { order: [] } } });
  });

  it('keeps the objects that did not change', () => {
    const before = {
      list: [
        { id: 'a', n: 1 },
        { id: 'b', n: { deep: 1 } },
      ],
      other: { n: 1 },
    };
    const after = applyChange(before, { in: { list: { at: [[0, { set: { n: 2 } }]] } } });
    expect(after).toEqual({
      ...before,
      list: [
        { id: 'a', n: 2 },
        { id: 'b', n: { deep: 1 } },
      ],
    });
    expect(after.list[1]).toBe(before.list[1]);
    expect(after.other).toBe(before.other);
  });

  it('is refused by a document that lacks what it names', () => {
    expect(() => applyChange({ a: 1 }, { in: { a: { set: { b: 1 } } } })).toThrow('does not have');
    expect(() => applyChange({ a: [1] }, { in: { a: { at: [[3, { set: {} }]] } } })).toThrow('does not have');
    expect(() => applyChange({ a: [1] }, { in: { a: { order: [[0, 9]] } } })).toThrow('does not have');
  });
});
