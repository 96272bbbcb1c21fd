/**
 * Decides for each group of rows whether its clients call plain connect() or bind(0) first, from the parity of new rows
 * and from how full the range was when they came (kernel rule 7).
 *
 * - connect() takes the parity of the range's first port until its own tuple holds all of those ports. A row of the
 *   other parity that came while some were left was not taken by connect().
 * - bind(0) takes the other parity first, until its local address (the host, for the wildcard address) holds all of
 *   those ports. With SO_REUSEADDR it does so in the lower half of the range, and then in the upper half [measured]. A
 *   row of the first parity that came while ports of the other were left was not taken by bind(0).
 *
 * Rows that are not new show nothing: once a pool was more than half full both parities hold rows, and the rows of the
 * second parity may outlast those of the first.
 */
import { COUNTS_PER_GROUP, HELD, NEW, type NewRows } from './new-rows.js';
import { countOpens, type ParityTally, type PoolMemory, type PortTaking } from './pool-memory.js';

/** With fewer rows than this nothing is decided. */
const MIN_ROWS = 10;
/**
 * A parity counts as full when at most this share of its ports is left, because the kernel may refuse some of them for a
 * reason that no table shows.
 */
const FULL_MARGIN = 0.1;
/** The share of rows that disobey the rule of their kind, by ports that came free between two snapshots. */
const STRAY_SHARE = 0.03;
/** A kind is decided when it is 100 times likelier than each of the others. */
const DECISIVE = Math.log(100);
/** The counts are halved above this many rows, so that they follow a client that changes its way to connect. */
const MAX_ROWS = 200;
/**
 * Connections that came and went between two snapshots may have filled a parity without being seen. Where there were
 * enough of them for that, one snapshot counts for at most this many rows.
 */
const MAX_DOUBTFUL_ROWS = 2;

const LOG_OBEYS = Math.log(1 - STRAY_SHARE);
const LOG_STRAYS = Math.log(STRAY_SHARE);
const LOG_EITHER = Math.log(0.5);

interface TakingContext {
  readonly newRows: NewRows;
  readonly memory: PoolMemory;
  /** Connections since the previous snapshot that left no row. */
  readonly unseen: number;
}

/** Adds the new rows of all groups to their tallies, and decides how each group takes its ports. */
export function updateTallies(newRows: NewRows, memory: PoolMemory, keys: readonly string[]): void {
  const context: TakingContext = { newRows, memory, unseen: countUnseen(newRows, memory) };
  const tallies = keys.map((key) => findTally(memory, key));
  // Before a tally changes, because the ports that one bind takes are missing to all others.
  const opposite = sumOppositeRows(context, tallies);
  tallies.forEach((tally, group) => {
    const at = group * COUNTS_PER_GROUP;
    const byBind = countByBind(context, at, tally.taking);
    const byConnect = countByConnect(context, at, opposite);
    if (byBind + byConnect === 0) return;
    tally.byBind += byBind;
    tally.byConnect += byConnect;
    if (byBind > 0) tally.samplesByBind += 1;
    tally.taking = decideTaking(tally);
    while (tally.byBind + tally.byConnect > MAX_ROWS) {
      tally.byBind /= 2;
      tally.byConnect /= 2;
    }
  });
}

/** How much likelier bind(0) is than ports chosen at random (natural logarithm). */
export function weighBindAgainstChance({ byBind, byConnect }: Pick<ParityTally, 'byBind' | 'byConnect'>): number {
  return byBind * (LOG_OBEYS - LOG_EITHER) + byConnect * (LOG_STRAYS - LOG_EITHER);
}

function findTally(memory: PoolMemory, key: string): ParityTally {
  const known = memory.groupParity.get(key);
  if (known !== undefined) return known;
  const tally: ParityTally = { byBind: 0, byConnect: 0, samplesByBind: 0, taking: 'connect' };
  memory.groupParity.set(key, tally);
  return tally;
}

/** The kind that is 100 times likelier than the two others; the kind as it was where none is. */
function decideTaking({ byBind, byConnect, taking }: ParityTally): PortTaking {
  if (byBind + byConnect < MIN_ROWS) return taking;
  const bind = byBind * LOG_OBEYS + byConnect * LOG_STRAYS;
  const connect = byBind * LOG_STRAYS + byConnect * LOG_OBEYS;
  const mixed = (byBind + byConnect) * LOG_EITHER;
  if (bind - Math.max(connect, mixed) >= DECISIVE) return 'bind';
  if (connect - Math.max(bind, mixed) >= DECISIVE) return 'connect';
  if (mixed - Math.max(bind, connect) >= DECISIVE) return 'mixed';
  return taking;
}

/** The new rows that plain connect() would not have taken: it had ports of its own parity left. */
function countByBind({ newRows, memory, unseen }: TakingContext, at: number, taking: PortTaking): number {
  const { counts, firstPorts } = newRows;
  const rows = (counts[at + NEW.oppositeLower] ?? 0) + (counts[at + NEW.oppositeUpper] ?? 0);
  if (rows === 0) return 0;
  const left = countLeftForConnect(newRows, memory, { at, taking });
  if (isFull(left, firstPorts)) return 0;
  return isFull(left - unseen, firstPorts) ? Math.min(rows, MAX_DOUBTFUL_ROWS) : rows;
}

/** The ports of the first parity that the tuple of a group had left for connect() at least. */
function countLeftForConnect(
  { counts, firstPorts }: NewRows,
  { bindsOnConnectParity }: PoolMemory,
  { at, taking }: { at: number; taking: PortTaking },
): number {
  const held = (counts[at + HELD.firstLower] ?? 0) + (counts[at + HELD.firstUpper] ?? 0);
  const added = (counts[at + NEW.firstLower] ?? 0) + (counts[at + NEW.firstUpper] ?? 0);
  const ofOtherBinds = taking === 'bind' ? Math.max(0, bindsOnConnectParity - held) : bindsOnConnectParity;
  return firstPorts - held - added - ofOtherBinds;
}

/** The new rows that bind(0) would not have taken: it had ports of its own parity left. */
function countByConnect(
  { newRows: { counts, oppositePorts } }: TakingContext,
  at: number,
  opposite: OppositeRows,
): number {
  const firstLower = counts[at + NEW.firstLower] ?? 0;
  const firstUpper = counts[at + NEW.firstUpper] ?? 0;
  if (firstLower + firstUpper === 0) return 0;
  // The rows of the group itself count in any case.
  const own = opposite.isCounted(at)
    ? { lower: 0, upper: 0 }
    : {
        lower: (counts[at + HELD.oppositeLower] ?? 0) + (counts[at + NEW.oppositeLower] ?? 0),
        upper: (counts[at + HELD.oppositeUpper] ?? 0) + (counts[at + NEW.oppositeUpper] ?? 0),
      };
  const lower = oppositePorts.lower - opposite.lower - own.lower;
  const upper = oppositePorts.upper - opposite.upper - own.upper;
  if (isFull(lower + upper, oppositePorts.lower + oppositePorts.upper)) return 0;
  return (isFull(lower, oppositePorts.lower) ? 0 : firstLower) + (isFull(upper, oppositePorts.upper) ? 0 : firstUpper);
}

interface OppositeRows {
  readonly lower: number;
  readonly upper: number;
  /** Whether the rows of the group at this place of the counts are in the sums. */
  readonly isCounted: (at: number) => boolean;
}

/**
 * The rows with the parity of bind(0) of all groups where plain connect() did not take them. Under bind(0) each of them
 * holds a port of its own, so their number is the number of ports that are missing to it.
 */
function sumOppositeRows({ newRows, memory }: TakingContext, tallies: readonly ParityTally[]): OppositeRows {
  const { counts, firstPorts } = newRows;
  const counted = new Uint8Array(tallies.length);
  let lower = 0;
  let upper = 0;
  tallies.forEach(({ taking }, group) => {
    const at = group * COUNTS_PER_GROUP;
    const inLower = (counts[at + HELD.oppositeLower] ?? 0) + (counts[at + NEW.oppositeLower] ?? 0);
    const inUpper = (counts[at + HELD.oppositeUpper] ?? 0) + (counts[at + NEW.oppositeUpper] ?? 0);
    if (inLower + inUpper === 0) return;
    if (taking === 'connect' && isFull(countLeftForConnect(newRows, memory, { at, taking }), firstPorts)) return;
    counted[group] = 1;
    lower += inLower;
    upper += inUpper;
  });
  return { lower, upper, isCounted: (at) => counted[at / COUNTS_PER_GROUP] === 1 };
}

function isFull(left: number, ports: number): boolean {
  return left <= Math.max(1, FULL_MARGIN * ports);
}

/** The connections that were opened since the previous snapshot and have left no row; 0 where ActiveOpens is unknown. */
function countUnseen({ total }: NewRows, memory: PoolMemory): number {
  return Math.max(0, (countOpens(memory) ?? 0) - total);
}
