/** Runs rows side by side. A row mostly waits, so that many fit on one core; only their starts cost CPU time. */
import { loadNative } from '../../../daemon/source/linux/netlink-native.js';
import { judge, type Result } from './judge.js';
import type { Row } from './row.js';
import { runRow } from './run-row.js';

/** A start launches four processes. More starts at once would slow each other down and disturb the running rows. */
const STARTS_AT_ONCE = 2;

interface LeagueOptions {
  readonly parallel: number;
  /** The tick rate of this kernel. */
  readonly hz: number;
}

const WARM_UP_SECONDS = 75;

/** Starts the rows, the longest first, and returns a promise for each. */
export function startLeague(rows: readonly Row[], options: LeagueOptions): Map<string, Promise<Result>> {
  const { parallel, hz } = options;
  const running = gate(parallel);
  const starting = gate(STARTS_AT_ONCE);
  const longestFirst = rows.toSorted((a, b) => expectedSeconds(b) - expectedSeconds(a));
  const results = longestFirst.map((row): [string, Promise<Result>] => {
    const result = running(async () => judge(row, await runRow(row, starting), hz));
    // A failed row must not end the wait for another one.
    result.catch(() => undefined);
    return [row.id, result];
  });
  return new Map(results);
}

/** The duration of a row without its start, in seconds. */
function expectedSeconds(row: Row): number {
  const traffic = Math.max(...row.streams.map(({ phases }) => phases.reduce((sum, { seconds }) => sum + seconds, 0)));
  const failsAfter = row.truth === 'never' ? Infinity : (row.truth.untilS ?? row.truth.atS) + row.lingerSeconds;
  return Math.min(traffic, failsAfter) + (row.warm ? WARM_UP_SECONDS : 0);
}

type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Runs at most `width` tasks at once; the others wait in order. */
export function gate(width: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside >= width) await new Promise<void>((enter) => waiting.push(enter));
    else inside += 1;
    try {
      return await work();
    } finally {
      // The slot goes to the next task in line, or becomes free.
      const next = waiting.shift();
      if (next === undefined) inside -= 1;
      else next();
    }
  };
}

/** CONFIG_HZ of this kernel. */
export function ticksPerSecond(): number {
  const native = loadNative();
  const hz = 'problem' in native ? null : native.ticksPerSecond();
  if (hz === null) throw new Error(`the tick rate is unknown: ${'problem' in native ? native.problem : 'no answer'}`);
  return hz;
}
