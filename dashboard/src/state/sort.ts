/** Order and selection of table rows. */

export interface SortState<K extends string> {
  readonly key: K;
  readonly descending: boolean;
}

/** Sorts by a value and keeps the order of equal rows. Null comes last in both directions. */
export function sortRows<T>(
  rows: readonly T[],
  valueOf: (row: T) => number | string | null,
  descending: boolean,
): readonly T[] {
  const sign = descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [x, y] = [valueOf(a), valueOf(b)];
    if (x === null || y === null) return x === y ? 0 : x === null ? 1 : -1;
    if (typeof x === 'number' && typeof y === 'number') return sign * (x - y);
    return sign * String(x).localeCompare(String(y), 'en', { numeric: true });
  });
}

/** The next state when a column header is pressed: its first direction, the other one, then the order of the daemon (null). */
export function nextSort<K extends string>(
  current: SortState<K> | null,
  key: K,
  descendingFirst: boolean,
): SortState<K> | null {
  if (current?.key !== key) return { key, descending: descendingFirst };
  return current.descending === descendingFirst ? { key, descending: !descendingFirst } : null;
}

/**
 * Keeps the order on screen: rows that are shown stay in their places and new rows follow, so that a row never moves from
 * under the pointer or the focus. `shownIds` are the ids on screen, from top to bottom.
 */
export function holdOrder<T>(rows: readonly T[], idOf: (row: T) => string, shownIds: readonly string[]): readonly T[] {
  const place = new Map(shownIds.map((id, index) => [id, index]));
  const placeOf = (row: T): number => place.get(idOf(row)) ?? shownIds.length;
  return [...rows].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Whether every word of the query occurs in the text, in any case and order. An empty query matches every text. */
export function matchesQuery(text: string, query: string): boolean {
  const haystack = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
