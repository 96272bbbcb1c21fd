/**
 * Builds the pools of a snapshot: which connections share the same ports, how many ports there are, and what holds them
 * (kernel rules 1 to 8).
 */
import { formatAddressIdPart, formatIdPart } from '../snapshot/id-parts.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { inferBinds, type InferredBinds } from './bind-pools.js';
import { BOUND, HOLDS_NO_PORT, listBoundPorts } from './bound-rows.js';
import { findBlockedPorts, findUsablePorts, type UsablePorts } from './capacity.js';
import { findGroupRows, formatGroupKey } from './group-key.js';
import { findLeastCapacity } from './least-capacity.js';
import type { HostLimits } from '../host/limits.js';
import type { PoolMemory } from './pool-memory.js';
import type { Pool } from './pool.js';
import { countHoldings, measureHoldings } from './holdings.js';
import { chooseGroups, type UnlistedPools } from './pool-choice.js';
import { noteReuse, decideReuse } from './reuse.js';
import { PORT_COUNT } from '../host/kernel-constants.js';
import { SECOND_MS } from '../units.js';

const NOTHING_WATCHED: ReadonlySet<string> = new Set();

/**
 * Builds one pool per (local address, remote address, remote port) that holds a usable port, and one `bind` pool per
 * local address whose clients bind explicitly, and one for all binds to the wildcard address. Where there are more
 * destinations than are listed (pool-choice.ts), `memory.unlisted` says what the others hold.
 * @param memory belongs to the caller, one per network namespace, and is updated.
 * @param watched the ids of pools that are built however little they hold.
 */
export function buildPools(
  snapshot: Snapshot,
  limits: HostLimits,
  memory: PoolMemory,
  watched: ReadonlySet<string> = NOTHING_WATCHED,
): Pool[] {
  const prefix = `connect_${formatIdPart(snapshot.namespace)}`;
  const idOf = (group: number): string => formatConnectId(snapshot, group, prefix);
  noteReuse(snapshot, limits, memory, idOf);
  const keys = snapshot.outbound.localAddress.map((_, group) => formatGroupKey(snapshot, group));
  const blocked = findBlockedPorts(snapshot, limits);
  const bindable = findUsablePorts(limits, blocked);
  const groups = new Map(keys.map((key, group) => [key, group]));
  const binds = inferBinds(snapshot, { limits, usable: bindable, memory, keys, groups });
  const { previous } = memory;
  const chosenBefore = memory.chosenGroups ?? memory.previousGroups;
  memory.previous = snapshot;
  memory.previousGroups = groups;
  const hasBinds = binds.addresses.size > 0 || binds.wildcard !== null;
  const connectable = hasBinds ? findUsablePorts(limits, blocked, findPortsOfBinds(binds)) : bindable;
  const leastCapacityOf = findLeastCapacity(snapshot, connectable, limits);
  const candidates = [...keys.keys()].filter((group) => binds.rows.bound[group] !== BOUND.ALL);
  const chosen = chooseGroups(snapshot, candidates, {
    isWatched: (group) => watched.size > 0 && watched.has(idOf(group)),
    wasChosen: (group) => chosenBefore.has(keys[group] ?? ''),
  });
  const isWhole = chosen.length === candidates.length;
  memory.chosenGroups = isWhole ? null : new Set(chosen.map((group) => keys[group] ?? ''));
  memory.unlisted = isWhole ? null : sumUnlisted(snapshot, limits, { candidates, chosen, usable: connectable });
  const pools: Pool[] = [];
  // A function of its own for each group: the engine compiles it sooner than a loop that runs once per sample.
  chosen.forEach((group) => {
    const { portCount, holdings } = measureHoldings(snapshot, [group], connectable);
    if (portCount === 0) return;
    const localAddress = snapshot.outbound.localAddress[group] ?? '';
    const remoteAddress = snapshot.outbound.remoteAddress[group] ?? '';
    const id = idOf(group);
    pools.push({
      id,
      kind: 'connect',
      namespace: snapshot.namespace,
      family: snapshot.outbound.family[group] === 6 ? 'ipv6' : 'ipv4',
      localAddress,
      remoteAddress,
      remotePort: snapshot.outbound.remotePort[group] ?? 0,
      capacity: connectable.capacity,
      capacityLow: leastCapacityOf(group),
      ...holdings,
      reuse: decideReuse({ id, localAddress, remoteAddress }, limits, { memory, monotonicMs: snapshot.monotonicMs }),
    });
  });
  if (hasBinds) pools.push(...createBindPools(binds, { previous, usable: bindable }));
  return pools;
}

function sumUnlisted(
  snapshot: Snapshot,
  { timeWaitMs }: HostLimits,
  of: { candidates: readonly number[]; chosen: readonly number[]; usable: UsablePorts },
): UnlistedPools {
  const isChosen = new Set(of.chosen);
  const sum = { count: 0, used: 0, live: 0, timeWait: 0, capacity: 0 };
  for (const group of of.candidates) {
    if (isChosen.has(group)) continue;
    const { held, timed } = countHoldings(snapshot, [group], of.usable);
    if (held === 0) continue;
    sum.count += 1;
    sum.used += held;
    sum.live += held - timed;
    sum.timeWait += timed;
    sum.capacity += of.usable.capacity;
  }
  return { ...sum, closeRate: (SECOND_MS * sum.timeWait) / timeWaitMs };
}

/** What a bind pool is made from. */
interface BindPoolContext {
  readonly previous: Snapshot | null;
  readonly usable: UsablePorts;
}

/** The pools of all explicit binds: one per local address, and one for all addresses of binds to the wildcard. */
function createBindPools({ rows, addresses, wildcard }: InferredBinds, context: BindPoolContext): Pool[] {
  const { snapshot } = rows;
  const pools = [...addresses].map((address) =>
    createBindPool(snapshot, address, {
      ...context,
      groups: snapshot.outbound.localAddress.flatMap((local, group) => (local === address ? [group] : [])),
      blocks: (local) => local === address,
    }),
  );
  if (wildcard === null) return pools;
  pools.push(
    createBindPool(snapshot, wildcard.localAddress, {
      ...context,
      groups: wildcard.groups,
      blocks: (local) => wildcard.localAddress === '::' || !local.includes(':'),
    }),
  );
  return pools;
}

/** The pool of all explicit binds to one local address, or to the wildcard address. */
function createBindPool(
  snapshot: Snapshot,
  localAddress: string,
  context: BindPoolContext & { groups: readonly number[]; blocks: (localAddress: string) => boolean },
): Pool {
  const { previous, usable, groups, blocks } = context;
  return {
    id: `bind_${formatIdPart(snapshot.namespace)}_${formatAddressIdPart(localAddress)}`,
    kind: 'bind',
    namespace: snapshot.namespace,
    family: localAddress.includes(':') ? 'ipv6' : 'ipv4',
    localAddress,
    remoteAddress: null,
    remotePort: null,
    capacity: usable.capacity,
    // A bind takes a port that was bound before.
    capacityLow: usable.capacity,
    ...measureHoldings(snapshot, groups, usable).holdings,
    // bind(0) never takes a TIME_WAIT port again, with any value of tcp_tw_reuse (kernel rule 17).
    reuse: 'none',
    heldLately: countHeldLately(usable, [[snapshot, groups], ...listPreviousGroups(previous, blocks)]),
  };
}

function listPreviousGroups(previous: Snapshot | null, blocks: (localAddress: string) => boolean) {
  if (previous === null) return [];
  const groups = previous.outbound.localAddress.flatMap((local, group) => (blocks(local) ? [group] : []));
  return [[previous, groups] as const];
}

/** How many usable ports these groups of one or two snapshots hold together. */
function countHeldLately(usable: UsablePorts, parts: readonly (readonly [Snapshot, readonly number[]])[]): number {
  const isHeld = new Uint8Array(PORT_COUNT);
  let count = 0;
  for (const [snapshot, groups] of parts) {
    const { localPort, state } = snapshot.outboundRows;
    for (const group of groups) {
      const [from, to] = findGroupRows(snapshot, group);
      for (let row = from; row < to; row += 1) {
        const port = localPort[row] ?? 0;
        if (usable.bitmap[port] !== 1 || isHeld[port] === 1 || HOLDS_NO_PORT[state[row] ?? 0] === 1) continue;
        isHeld[port] = 1;
        count += 1;
      }
    }
  }
  return count;
}

/** The ports that explicit binds own: plain connects to every destination lose them. */
function findPortsOfBinds({ rows }: InferredBinds): Uint8Array {
  const bitmap = new Uint8Array(PORT_COUNT);
  rows.bound.forEach((_, group) => {
    for (const port of listBoundPorts(rows, group)) bitmap[port] = 1;
  });
  return bitmap;
}

function formatConnectId({ outbound }: Snapshot, group: number, prefix: string): string {
  const { localAddress, remoteAddress, remotePort } = outbound;
  const ends = `${formatAddressIdPart(localAddress[group] ?? '')}_${formatAddressIdPart(remoteAddress[group] ?? '')}`;
  return `${prefix}_${ends}_${remotePort[group] ?? 0}`;
}
