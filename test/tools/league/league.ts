/** Runs rows side by side. They mostly wait, so many fit on one core; only starting them costs something. */
import { loadNative } from '../../../daemon/source/linux/netlink-native.js';
import { judge, type Result } from './judge.js';
import type { Row } from './row.js';
import { runRow } from './run-row.js';

/** A start is four processes: more at once would only make each of them slower, and disturb the rows that run. */
const STARTS_AT_ONCE = 2;

export interface LeagueOptions {
  readonly parallel: number;
  /** Of this kernel. */
  readonly hz: number;
}

/** Starts the rows, the longest first, and gives a promise for each. */
export function startLeague(rows: readonly Row[], options: LeagueOptions): Map<string, Promise<Result>> {
  const { parallel, hz } = options;
  const running = gate(parallel);
  const starting = gate(STARTS_AT_ONCE);
  const longestFirst = rows.toSorted((a, b) => expectedSeconds(b) - expectedSeconds(a));
  const results = longestFirst.map((row): [string, Promise<Result>] => {
    const result = running(async () => judge(row, await runRow(row, starting), hz));
    // Whoever waits for another row must not be ended by this one.
    result.catch(() => undefined);
    return [row.id, result];
  });
  return new Map(results);
}

const WARM_UP_SECONDS = 75;

/** How long a row will take, without its start. */
function expectedSeconds(row: Row): number {
  const traffic = Math.max(...row.streams.map(({ phases }) => phases.reduce((sum, { seconds }) => sum + seconds, 0)));
  const failsAfter = row.truth === 'never' ? Infinity : (row.truth.untilS ?? row.truth.atS) + row.lingerSeconds;
  return Math.min(traffic, failsAfter) + (row.warm ? WARM_UP_SECONDS : 0);
}

type Gate = <T>(work: () => Promise<T>) => Promise<T>;

/** Lets `width` pieces of work run at once; the rest wait in order. */
function gate(width: number): Gate {
  let inside = 0;
  const waiting: (() => void)[] = [];
  return async (work) => {
    if (inside >= width) await new Promise<void>((enter) => waiting.push(enter));
    else inside += 1;
    try {
      return await work();
    } finally {
      // The place goes to the next in line, or is given up.
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
