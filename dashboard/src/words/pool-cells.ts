/** Which changes of a pool the cells of its row show: a cell that reads another field of the pool must name it here. */
import { formatRate } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';

/** An id stands for the kind, the addresses and the namespace. */
const OF_NAME = ['id', 'mode', 'demandAtLeast', 'own', 'goneSince'] as const satisfies (keyof WirePool)[];
const OF_TIME_LEFT = ['exhaustsAt', 'pressureFullAt', 'mode', 'goneSince'] as const satisfies (keyof WirePool)[];
const COUNTS = ['used', 'capacity', 'live', 'timeWait'] as const satisfies (keyof WirePool)[];

/**
 * Whether the cells show the same of both. Whether an exhaustion is likely depends on the instant of the sample too, so a pool
 * that has one looks different with each sample.
 */
export function showsSameCells(before: WirePool, next: WirePool): boolean {
  return (
    before === next ||
    (next.exhaustsAt === null &&
      haveSame(before, next, OF_NAME) &&
      haveSame(before, next, OF_TIME_LEFT) &&
      haveSame(before, next, COUNTS) &&
      // A tenth of a percent, of the text and of the needle.
      isAlike(before.pressure, next.pressure, (ratio) => Math.round(1000 * ratio)) &&
      isAlike(before.closeRate, next.closeRate, formatRate) &&
      isAlike(before.sustainableRate, next.sustainableRate, formatRate))
  );
}

/** Whether the cells of the name and the mode show the same. */
export function showsSameName(before: WirePool, next: WirePool): boolean {
  return haveSame(before, next, OF_NAME);
}

/** Whether the cell of the time left shows the same; that of a pool with an exhaustion depends on the instant of the sample. */
export function showsSameTimeLeft(before: WirePool, next: WirePool): boolean {
  return before === next || (next.exhaustsAt === null && haveSame(before, next, OF_TIME_LEFT));
}

function haveSame(before: WirePool, next: WirePool, names: readonly (keyof WirePool)[]): boolean {
  return names.every((name) => before[name] === next[name]);
}

/** Whether two numbers have the same text. */
function isAlike(before: number | null, next: number | null, show: (value: number) => unknown): boolean {
  return before === next || (before !== null && next !== null && show(before) === show(next));
}
