/**
 * What changed between two JSON documents, as a JSON document that is small where little changed. The daemon finds the
 * change, and the dashboard applies it. Parts that did not change stay the same objects, so that the page can skip them.
 */

/** A document, or a part of one, as `JSON.parse` returns it. */
type Json = string | number | boolean | null | undefined | readonly Json[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: Json;
}

/** `start`, or the `count` entries from `start` on. */
type Run = number | readonly [start: number, count: number];

/** How one object or one list changed. What is absent did not change. */
interface DocumentChange {
  /** Fields of an object that are new, or have another value. */
  readonly set?: JsonObject;
  /** Fields of an object that are gone. */
  readonly drop?: readonly string[];
  /** Fields of an object that are objects or lists and have changed in part. */
  readonly in?: Readonly<Record<string, DocumentChange>>;
  /** Entries of a list that have changed in part, each by its place in the list before. */
  readonly at?: readonly (readonly [place: number, change: DocumentChange])[];
  /** Entries that are new in a list. */
  readonly add?: readonly Json[];
  /** The places of the entries in the list before, in the new order; after them come the places of those in `add`. */
  readonly order?: readonly Run[];
}

/**
 * The change that makes `after` of `before`; null where they are equal. Entries of a list are followed by their field `id`
 * where all have one, else by their place.
 */
export function findChange(before: JsonObject, after: JsonObject): DocumentChange | null {
  const set: Record<string, Json> = {};
  const inside: Record<string, DocumentChange> = {};
  for (const [key, value] of Object.entries(after)) {
    if (value === undefined) continue;
    const part = compare(before[key], value);
    if (part === 'other') set[key] = value;
    else if (part !== null) inside[key] = part;
  }
  const drop = Object.keys(before).filter((key) => before[key] !== undefined && after[key] === undefined);
  if (isEmpty(set) && isEmpty(inside) && drop.length === 0) return null;
  return {
    ...(isEmpty(set) ? {} : { set }),
    ...(isEmpty(inside) ? {} : { in: inside }),
    ...(drop.length === 0 ? {} : { drop }),
  };
}

/** Null where both are equal, `other` where `after` must be sent as it is. */
function compare(before: Json, after: Json): DocumentChange | 'other' | null {
  if (before === after) return null;
  if (isList(before) && isList(after)) return compareLists(before, after);
  return isObject(before) && isObject(after) ? findChange(before, after) : 'other';
}

function compareLists(before: readonly Json[], after: readonly Json[]): DocumentChange | 'other' | null {
  const [idsBefore, idsAfter] = [listIds(before), listIds(after)];
  if (idsBefore !== null && idsAfter !== null) return compareById(before, after, { idsBefore, idsAfter });
  if (before.length !== after.length) return 'other';
  const at: [number, DocumentChange][] = [];
  for (const [place, value] of after.entries()) {
    const part = compare(before[place], value);
    if (part === 'other') return 'other';
    if (part !== null) at.push([place, part]);
  }
  return at.length === 0 ? null : { at };
}

function compareById(
  before: readonly Json[],
  after: readonly Json[],
  { idsBefore, idsAfter }: Record<'idsBefore' | 'idsAfter', ReadonlyMap<string, number>>,
): DocumentChange | null {
  const at: [number, DocumentChange][] = [];
  const add: Json[] = [];
  const order: number[] = [];
  for (const [id, place] of idsAfter) {
    const value = after[place];
    const placeBefore = idsBefore.get(id);
    order.push(placeBefore ?? before.length + add.length);
    if (placeBefore === undefined) add.push(value);
    else {
      // Both are objects with the same id.
      const part = findChange(before[placeBefore] as JsonObject, value as JsonObject);
      if (part !== null) at.push([placeBefore, part]);
    }
  }
  const isInOrder = order.length === before.length && order.every((place, index) => place === index);
  if (at.length === 0 && isInOrder) return null;
  return {
    ...(at.length === 0 ? {} : { at }),
    ...(add.length === 0 ? {} : { add }),
    ...(isInOrder ? {} : { order: packRuns(order) }),
  };
}

/**
 * `before` with the change. Only what the change names is copied.
 * @throws Error where the change was made for another document
 */
export function applyChange<T>(before: T, change: DocumentChange): T {
  const changed = isList(before as Json)
    ? changeList(before as readonly Json[], change)
    : changeObject(before as JsonObject, change);
  return changed as T;
}

function changeObject(before: JsonObject, { set, drop, in: inside }: DocumentChange): JsonObject {
  const changed: Record<string, Json> = { ...before, ...set };
  for (const [key, part] of Object.entries(inside ?? {})) changed[key] = changePart(before[key], part);
  for (const key of drop ?? []) Reflect.deleteProperty(changed, key);
  return changed;
}

function changeList(before: readonly Json[], { at, add, order }: DocumentChange): Json[] {
  const changed = [...before];
  for (const [place, part] of at ?? []) changed[place] = changePart(before[place], part);
  if (add !== undefined) changed.push(...add);
  if (order === undefined) return changed;
  const ordered: Json[] = [];
  for (const run of order) {
    const [start, count] = typeof run === 'number' ? [run, 1] : run;
    if (start + count > changed.length) throw new Error('the change names an entry that the list does not have');
    for (let place = start; place < start + count; place++) ordered.push(changed[place]);
  }
  return ordered;
}

function changePart(before: Json, change: DocumentChange): Json {
  if (!isList(before) && !isObject(before)) throw new Error('the change names a part that the document does not have');
  return applyChange(before, change);
}

/** The place of each entry by its id; null where one has none, or two have the same. */
function listIds(list: readonly Json[]): Map<string, number> | null {
  const ids = new Map<string, number>();
  for (const [place, entry] of list.entries()) {
    const id = isObject(entry) ? entry['id'] : undefined;
    if (typeof id !== 'string' || ids.has(id)) return null;
    ids.set(id, place);
  }
  return ids;
}

/** Places that follow one another become one run. */
function packRuns(places: readonly number[]): Run[] {
  const runs: [number, number][] = [];
  for (const place of places) {
    const last = runs.at(-1);
    if (last !== undefined && last[0] + last[1] === place) last[1] += 1;
    else runs.push([place, 1]);
  }
  return runs.map(([start, count]) => (count === 1 ? start : [start, count]));
}

function isEmpty(record: object): boolean {
  for (const _key in record) return false;
  return true;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
