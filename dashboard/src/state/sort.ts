/** Order and selection of table rows. Pure: a table hands in its rows and what it showed before. */

export interface SortState<K extends string> {
  readonly key: K;
  readonly descending: boolean;
}

/** Sorted by a value, stable; null comes last whichever way the column runs. */
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

/** The next state when a column header is pressed: its first direction, the other one, then the order of the server. */
export function nextSort<K extends string>(
  current: SortState<K> | null,
  key: K,
  descendingFirst: boolean,
): SortState<K> | null {
  if (current?.key !== key) return { key, descending: descendingFirst };
  return current.descending === descendingFirst ? { key, descending: !descendingFirst } : null;
}

/**
 * Keeps the order on screen while someone points at it: known rows stay in their places, new ones follow, so that a
 * row never moves from under the pointer or the focus.
 */
export function holdOrder<T>(rows: readonly T[], idOf: (row: T) => string, shown: readonly string[]): readonly T[] {
  const place = new Map(shown.map((id, index) => [id, index]));
  const placeOf = (row: T): number => place.get(idOf(row)) ?? shown.length;
  return [...rows].sort((a, b) => placeOf(a) - placeOf(b));
}

/** Every word of the query occurs in the text, in any case and order; an empty query matches all. */
export function matchesQuery(text: string, query: string): boolean {
  const haystack = text.toLowerCase();
  return query
    .toLowerCase()
    .split(/\s+/)
    .every((word) => haystack.includes(word));
}
