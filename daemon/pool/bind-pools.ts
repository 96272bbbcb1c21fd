/**
 * Infers which rows come from `bind(address, 0)` before `connect()` (kernel rule 7). A connected socket that was bound
 * looks like any other row, so two things together decide: the parity of new rows (see port-taking.ts), and that no port
 * of a bind(0) stands under two destinations of one local address, while those of plain connects and those that an
 * application chooses itself do.
 *
 * A group whose rows have both parities is two programs, one that binds and one that does not, or an application that
 * chooses its local ports itself. It is two programs where the two parities are not equally frequent, or where its rows
 * of bind(0)'s parity share no port with other destinations while those of connect()'s parity do.
 */
import type { HostLimits } from '../host/limits.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { BOUND, listBoundPorts, type BoundRows } from './bound-rows.js';
import type { UsablePorts } from './capacity.js';
import { countNewRows } from './new-rows.js';
import type { ParityTally, PoolMemory } from './pool-memory.js';
import { updateTallies, weighBindAgainstChance } from './port-taking.js';
import { compareWithOtherGroups, type Sharing } from './shared-ports.js';
import { findWildcardBinds, type WildcardBinds } from './wildcard-binds.js';

/** With fewer rows than this, those of many small groups of one address together, nothing is inferred. */
const MIN_ROWS = 10;
/** The rows of small groups together show bind(0) when it is 100 times likelier than ports chosen at random. */
const DECISIVE = Math.log(100);
/** The same where most groups of the address have both parities: their application chooses ports, here too perhaps. */
const DECISIVE_AMONG_MIXED = 12;
/** A small group of a bound address is bound as well when at least this share of its rows has the parity of bind(0). */
const LEAN_SHARE = 0.8;
/** Where only the rows of several addresses together show bind(0), a small group must have so many, and no other. */
const MIN_ROWS_EACH = 3;
/** From so many rows of connect()'s parity on, without one of the other, a small group is one of plain connects. */
const PLAIN_ROWS = 5;
/** Two programs, and no ports chosen at random, when the counts of the parities differ by this many deviations. */
const MIXTURE_DEVIATIONS = 4.5;
/** A crowd of short connections may leave rows of both parities in one snapshot, but not in so many. */
const MIXTURE_SAMPLES = 5;
/** So many shared ports are expected by chance before it means something that there are none: e^-4 is 2%. */
const MIN_EXPECTED_SHARED = 4;
/** This share of the ports that would be shared by chance tells that the ports are not those of one bind pool. */
const SHARED_BY_CHANCE = 0.25;
/** The key of the sum over all addresses among those of the single addresses. */
const ALL_ADDRESSES = '*';

export interface InferredBinds {
  readonly rows: BoundRows;
  /** The local addresses that have bound rows, except those of the wildcard pool. */
  readonly addresses: ReadonlySet<string>;
  /** The binds to 0.0.0.0 or ::, which share the ports of all local addresses; null without any. */
  readonly wildcard: WildcardBinds | null;
}

interface BindContext {
  readonly limits: HostLimits;
  readonly usable: UsablePorts;
  readonly memory: PoolMemory;
  /** The key of every group of the snapshot. */
  readonly keys: readonly string[];
  /** The number of each group, by its key. */
  readonly groups: ReadonlyMap<string, number>;
}

/**
 * Infers the explicit binds of a snapshot and adds its new rows to the memory. `memory.previous` must still be the
 * snapshot before it.
 */
export function inferBinds(snapshot: Snapshot, context: BindContext): InferredBinds {
  const { limits, usable, memory, keys } = context;
  const { first, last } = limits.range;
  const rows: BoundRows = { snapshot, usable, firstParity: first % 2, bound: new Uint8Array(keys.length) };
  // The parity rule holds on Linux only, and a system without tcp_tw_reuse is not Linux.
  if (limits.twReuse === null) return { rows, addresses: new Set(), wildcard: null };

  const hasRangeChanged = memory.range !== null && (memory.range.first !== first || memory.range.last !== last);
  memory.range = limits.range;
  // After a change of the range it is not known in which of the two a new port was taken.
  if (!hasRangeChanged) updateTallies(countNewRows(snapshot, { limits, usable, memory, keys }), memory, keys);
  forgetMissing(memory.groupParity, context.groups);

  const addresses = new Set<string>();
  const suspects = listSuspects(snapshot, context);
  const boundBySum = new Set<string>();
  const addSum = (key: string, groups: readonly TalliedGroup[]): void => {
    const wasBound = memory.boundAddresses.has(key);
    if (sumShowsBinds(groups, { snapshot, context, wasBound })) boundBySum.add(key);
  };
  addSum(ALL_ADDRESSES, [...suspects.values()].flat());
  for (const [address, groups] of suspects) {
    addSum(address, groups);
    const isBySum: BoundBySum = {
      ofAddress: boundBySum.has(address),
      ofAllAddresses: boundBySum.has(ALL_ADDRESSES),
    };
    if (markBoundGroups(groups, { rows, isBySum })) addresses.add(address);
  }
  memory.boundAddresses = boundBySum;
  memory.bindsOnConnectParity = countOnConnectParity(rows);
  const wildcard = findWildcardBinds(rows, addresses, memory);
  for (const member of wildcard?.members ?? []) addresses.delete(member);
  return { rows, addresses, wildcard };
}

/** Whether the rows of all groups together show bind(0). */
interface BoundBySum {
  readonly ofAddress: boolean;
  readonly ofAllAddresses: boolean;
}

/** A group with its tally. */
interface TalliedGroup {
  readonly group: number;
  readonly tally: ParityTally;
}

/** The groups of each local address that has rows of bind(0)'s parity. On most hosts there are none. */
function listSuspects({ outbound }: Snapshot, { memory, keys }: BindContext): Map<string, TalliedGroup[]> {
  const suspects = new Map<string, TalliedGroup[]>();
  const tallies = keys.map((key) => memory.groupParity.get(key));
  tallies.forEach((tally, group) => {
    if ((tally?.byBind ?? 0) > 0) suspects.set(outbound.localAddress[group] ?? '', []);
  });
  if (suspects.size === 0) return suspects;
  tallies.forEach((tally, group) => {
    if (tally !== undefined) suspects.get(outbound.localAddress[group] ?? '')?.push({ group, tally });
  });
  return suspects;
}

/**
 * Whether the rows of all groups of an address, or of all addresses, together show bind(0): there may be many
 * destinations with a few rows each. Groups that are plain by their own rows are left out.
 */
function sumShowsBinds(
  groups: readonly TalliedGroup[],
  { snapshot, context, wasBound }: { snapshot: Snapshot; context: BindContext; wasBound: boolean },
): boolean {
  const { first, last } = context.limits.range;
  const sum = { byBind: 0, byConnect: 0 };
  for (const { group, tally } of groups) {
    // Rows towards a port of the ephemeral range are mostly left by a server that is gone: the remote port is a
    // client's.
    const remotePort = snapshot.outbound.remotePort[group] ?? 0;
    if (remotePort >= first && remotePort <= last) continue;
    if (tally.byBind === 0 && tally.byConnect >= PLAIN_ROWS) continue;
    sum.byBind += tally.byBind;
    sum.byConnect += tally.byConnect;
  }
  if (sum.byBind + sum.byConnect < MIN_ROWS) return wasBound && sum.byBind > sum.byConnect;
  return weighBindAgainstChance(sum) >= (wasBound ? 0 : DECISIVE);
}

/** Marks the bound rows of one local address. @returns whether there are any */
function markBoundGroups(
  groups: readonly TalliedGroup[],
  { rows, isBySum }: { rows: BoundRows; isBySum: BoundBySum },
): boolean {
  const isBind = ({ tally }: TalliedGroup): boolean =>
    tally.taking === 'bind' || (tally.taking === 'connect' && leansToBind(tally, isBySum));
  const mixed = groups.filter(({ tally }) => tally.taking === 'mixed');
  const all = groups.filter(isBind);
  const binds =
    mixed.length > all.length ? all.filter(({ tally }) => weighBindAgainstChance(tally) >= DECISIVE_AMONG_MIXED) : all;
  const candidates = [...binds, ...mixed];
  if (candidates.length === 0) return false;
  const candidateGroups = candidates.map(({ group }) => group);
  const sharing = compareWithOtherGroups(rows, candidateGroups, 'opposite');
  if (isSharedByChance(sharing)) return false;
  const areTwoPrograms =
    mixed.length > 0 && showsTwoPrograms(sharing, compareWithOtherGroups(rows, candidateGroups, 'first'));
  let isAnyBound = false;
  for (const { group, tally } of candidates) {
    if (tally.taking === 'mixed' && !areTwoPrograms && !isUneven(tally)) continue;
    rows.bound[group] = tally.taking === 'mixed' ? BOUND.OPPOSITE : BOUND.ALL;
    isAnyBound ||= listBoundPorts(rows, group).length > 0;
  }
  return isAnyBound;
}

/** Under bind(0) no port stands under two destinations of one address. One may: a port that was bound explicitly. */
function isSharedByChance({ shared, expected }: Sharing): boolean {
  return shared >= 2 && shared >= SHARED_BY_CHANCE * expected;
}

/**
 * Whether the rows of bind(0)'s parity share no port although many would by chance, while those of connect()'s do. An
 * application that chooses its ports shares both or none.
 */
function showsTwoPrograms(opposite: Sharing, first: Sharing): boolean {
  if (opposite.shared > 0 || opposite.expected < MIN_EXPECTED_SHARED) return false;
  return first.expected >= MIN_EXPECTED_SHARED && isSharedByChance(first);
}

function isUneven({ byBind, byConnect, samplesByBind }: ParityTally): boolean {
  const deviations = Math.abs(byBind - byConnect) / Math.sqrt(byBind + byConnect);
  return deviations >= MIXTURE_DEVIATIONS && samplesByBind >= MIXTURE_SAMPLES;
}

/**
 * Whether a small group is bound because others are. Explicit binds of the other groups prove nothing for a group whose
 * own rows follow the parity of connect(). Rows that came while the other parity was full tell nothing, so a group that
 * has no other rows goes with its address.
 */
function leansToBind({ byBind, byConnect }: ParityTally, { ofAddress, ofAllAddresses }: BoundBySum): boolean {
  if (ofAddress && byBind >= LEAN_SHARE * (byBind + byConnect)) return true;
  return ofAllAddresses && byConnect === 0 && byBind >= MIN_ROWS_EACH;
}

/** How many ports of connect()'s parity bound rows hold. */
function countOnConnectParity(rows: BoundRows): number {
  let count = 0;
  rows.bound.forEach((bound, group) => {
    if (bound !== BOUND.ALL) return;
    for (const port of listBoundPorts(rows, group)) if (port % 2 === rows.firstParity) count += 1;
  });
  return count;
}

function forgetMissing(tallies: Map<string, ParityTally>, present: ReadonlyMap<string, number>): void {
  if (tallies.size === present.size) return;
  for (const key of tallies.keys()) if (!present.has(key)) tallies.delete(key);
}
