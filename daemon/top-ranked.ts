/** The greatest few of many items. */

/** The first `limit` items in the order of `compare`, without sorting all of them. */
export function takeFirst<T>(items: Iterable<T>, limit: number, compare: (a: T, b: T) => number): T[] {
  const first: T[] = [];
  for (const item of items) {
    const last = first.at(-1);
    if (first.length >= limit && (last === undefined || compare(item, last) >= 0)) continue;
    let [low, high] = [0, first.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const other = first[middle];
      if (other !== undefined && compare(other, item) <= 0) low = middle + 1;
      else high = middle;
    }
    first.splice(low, 0, item);
    if (first.length > limit) first.pop();
  }
  return first;
}

/**
 * Marks the `limit` greatest of `ranks` with 1, and of equal ones the first. Those of infinite rank are marked all, however
 * many there are.
 */
export function markGreatest(ranks: Float64Array, limit: number): Uint8Array {
  const line = ranks.length <= limit ? -Infinity : (ranks.toSorted()[ranks.length - limit] ?? 0);
  let places = limit;
  for (const rank of ranks) if (rank > line) places -= 1;
  return Uint8Array.from(ranks, (rank) => {
    if (rank > line || rank === Infinity) return 1;
    return rank === line && places-- > 0 ? 1 : 0;
  });
}
