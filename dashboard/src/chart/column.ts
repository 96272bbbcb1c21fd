/** One column of a chart. */

/** One value per step. The line passes over `undefined` and breaks at `null`. */
export type Column = (number | null | undefined)[];

/**
 * Turns short runs of null between two values into undefined. Where steps are shorter than the distance of two dumps,
 * most of them are empty although no sample is missing. Empty steps that together are longer than `maxSampleAgeMs` stay a
 * gap, a single one included: in that time portcast had no sample.
 */
export function bridgeShortGaps(values: readonly (number | null)[], stepMs: number, maxSampleAgeMs: number): Column {
  const longest = Math.floor(maxSampleAgeMs / stepMs);
  const column: Column = [...values];
  let start = 0;
  for (let index = 0; index <= values.length; index += 1) {
    if (index < values.length && values[index] === null) continue;
    const inside = start > 0 && index < values.length;
    if (inside && index - start <= longest) column.fill(undefined, start, index);
    start = index + 1;
  }
  return column;
}

/** The greatest value; null where there is none. */
export function findGreatest(values: Readonly<Column>): number | null {
  let greatest: number | null = null;
  for (const value of values) if (typeof value === 'number') greatest = Math.max(greatest ?? value, value);
  return greatest;
}

/** The newest value; null where there is none. */
export function findNewest(values: Readonly<Column>): number | null {
  return values.findLast((value) => typeof value === 'number') ?? null;
}

/** The places of values that have no neighbour: no line leads to them, so they are drawn as points. */
export function listLonely(values: Readonly<Column>): number[] {
  const lonely: number[] = [];
  let [before, last] = [-1, -1];
  const judge = (next: number): void => {
    if (last >= 0 && before < 0 && next < 0) lonely.push(last);
  };
  values.forEach((value, index) => {
    if (value === undefined) return;
    if (value === null) {
      judge(-1);
      [before, last] = [-1, -1];
      return;
    }
    judge(index);
    [before, last] = [last, index];
  });
  judge(-1);
  return lonely;
}
