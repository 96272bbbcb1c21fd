/** The search over the pools: what it looks at, and what is said of its result. */
import { formatCount } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { matchesQuery } from '../state/sort.js';
import { formatPoolOrigin, formatPoolTitle } from './format.js';

export function matchesPool(pool: WirePool, query: string): boolean {
  return matchesQuery(listSearchWords(pool), query);
}

function listSearchWords(pool: WirePool): string {
  const processes = pool.processes.map((process) => `${process.name} ${process.pid}`).join(' ');
  return `${formatPoolTitle(pool)} ${formatPoolOrigin(pool)} ${pool.mode} ${pool.kind} ${pool.id} ${processes}`;
}

interface SearchResult {
  /** Pools that match, and those that are shown of them. */
  readonly matching: number;
  readonly shown: number;
  /** All pools of the host, and those that were searched. */
  readonly total: number;
  readonly searched: number;
}

/** `12 of 500 destinations match`; with what was not searched or is not shown. */
export function describeSearch({ matching, shown, total, searched }: SearchResult): string {
  const found = `${formatCount(matching)} of ${formatCount(searched)} destinations ${matching === 1 ? 'matches' : 'match'}`;
  if (searched < total)
    return `${found}: only the ${formatCount(searched)} most at risk of ${formatCount(total)} were searched`;
  return shown < matching ? `${found}, the first ${formatCount(shown)} are shown` : found;
}

/** `4`, `the 50 most at risk of 500`. */
export function describeCount(shown: number, total: number): string {
  return total > shown ? `the ${formatCount(shown)} most at risk of ${formatCount(total)}` : formatCount(total);
}
