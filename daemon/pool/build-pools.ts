/** Turns a snapshot into pools: who shares which ports, how many there are, and what holds them (kernel rules 1 to 8). */
import { formatAddressIdPart, formatIdPart } from '../snapshot/id-parts.js';
import { STATE, STATE_COUNT, TIMER_TIME_WAIT, type Snapshot } from '../snapshot/snapshot.js';
import { inferBinds, type InferredBinds } from './bind-pools.js';
import { findBlockedPorts, findUsablePorts, type UsablePorts } from './capacity.js';
import { groupKey, groupRows } from './group-key.js';
import type { HostLimits } from '../host/limits.js';
import type { PoolMemory } from './pool-memory.js';
import type { Pool } from './pool.js';
import { noteReuse, decideReuse } from './reuse.js';
import { PORT_COUNT } from '../host/kernel-constants.js';

/** States that hold no port of a pool: a listener or bound socket blocks it for all, a closed one has let it go. */
const HOLDS_NOTHING: ReadonlySet<number> = new Set([STATE.CLOSE, STATE.LISTEN, STATE.BOUND_INACTIVE]);

/**
 * One pool per (local address, remote address, remote port) with a row on a usable port, and one `bind` pool per local
 * address whose clients bind explicitly. `memory` is the caller's, one per namespace, and is updated.
 */
export function buildPools(snapshot: Snapshot, limits: HostLimits, memory: PoolMemory): Pool[] {
  const prefix = `connect_${formatIdPart(snapshot.namespace)}`;
  const idOf = (group: number): string => connectId(snapshot, group, prefix);
  noteReuse(snapshot, limits, memory, idOf);
  const keys = snapshot.outbound.localAddress.map((_, group) => groupKey(snapshot, group));
  const blocked = findBlockedPorts(snapshot, limits);
  const bindable = findUsablePorts(limits, blocked);
  const binds = inferBinds(snapshot, { limits, usable: bindable, memory, keys });
  memory.previous = snapshot;
  memory.previousGroups = new Map(keys.map((key, group) => [key, group]));
  const connectable =
    binds.addresses.size === 0 ? bindable : findUsablePorts(limits, blocked, portsOfBinds(snapshot, binds));
  const pools: Pool[] = [];
  snapshot.outbound.localAddress.forEach((localAddress, group) => {
    if (binds.groups[group] === 1) return;
    const held = holdings(snapshot, [group], connectable);
    if (held.count === 0) return;
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
      ...held.holding,
      reuse: decideReuse({ id, localAddress, remoteAddress }, limits, { memory, monotonicMs: snapshot.monotonicMs }),
    });
  });
  for (const address of binds.addresses) pools.push(bindPool(snapshot, address, bindable));
  return pools;
}

function bindPool(snapshot: Snapshot, localAddress: string, usable: UsablePorts): Pool {
  const groups: number[] = [];
  snapshot.outbound.localAddress.forEach((address, group) => {
    if (address === localAddress) groups.push(group);
  });
  return {
    id: `bind_${formatIdPart(snapshot.namespace)}_${formatAddressIdPart(localAddress)}`,
    kind: 'bind',
    namespace: snapshot.namespace,
    family: localAddress.includes(':') ? 'ipv6' : 'ipv4',
    localAddress,
    remoteAddress: null,
    remotePort: null,
    capacity: usable.capacity,
    ...holdings(snapshot, groups, usable).holding,
    // bind(0) never takes a TIME_WAIT port again, whatever the sysctl says.
    reuse: 'none',
  };
}

/** Ports that explicit binds own are lost to plain connects everywhere. */
function portsOfBinds(snapshot: Snapshot, binds: InferredBinds): Uint8Array {
  const bitmap = new Uint8Array(PORT_COUNT);
  const { localPort, state } = snapshot.outboundRows;
  for (let group = 0; group < binds.groups.length; group += 1) {
    if (binds.groups[group] !== 1) continue;
    const [from, to] = groupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      if (!HOLDS_NOTHING.has(state[row] ?? 0)) bitmap[localPort[row] ?? 0] = 1;
    }
  }
  return bitmap;
}

/** Which row speaks for a port that several rows hold: a live one, else the one that stays longest. Valid in its round. */
const speaker = new Int32Array(PORT_COUNT);
const roundOfPort = new Uint32Array(PORT_COUNT);
let round = 0;
/** 1 for states that hold no port of a pool. */
const holdsNothing = Uint8Array.from({ length: 256 }, (_, state) => (HOLDS_NOTHING.has(state) ? 1 : 0));

/** Two passes and no list: this is done for every row of the table, every sample. */
function holdings(snapshot: Snapshot, groups: readonly number[], usable: UsablePorts) {
  const { localPort, state, timer, expiresMs } = snapshot.outboundRows;
  const { TIME_WAIT, FIN_WAIT2 } = STATE;
  const isTimed = (row: number): boolean =>
    state[row] === TIME_WAIT || (state[row] === FIN_WAIT2 && timer[row] === TIMER_TIME_WAIT);
  const outlives = (row: number, other: number): boolean =>
    isTimed(other) && (!isTimed(row) || (expiresMs[row] ?? 0) > (expiresMs[other] ?? 0));

  round += 1;
  let count = 0;
  let timed = 0;
  for (const group of groups) {
    const [from, to] = groupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = localPort[row] ?? 0;
      if (usable.bitmap[port] !== 1 || holdsNothing[state[row] ?? 0] === 1) continue;
      if (roundOfPort[port] !== round) {
        roundOfPort[port] = round;
        speaker[port] = row;
        count += 1;
        if (isTimed(row)) timed += 1;
        continue;
      }
      const other = speaker[port] ?? 0;
      if (!outlives(row, other)) continue;
      speaker[port] = row;
      if (!isTimed(row)) timed -= 1;
    }
  }

  const states = new Uint32Array(STATE_COUNT);
  const timedState = new Uint8Array(timed);
  const timedExpires = new Int32Array(timed);
  let next = 0;
  for (const group of groups) {
    const [from, to] = groupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = localPort[row] ?? 0;
      if (roundOfPort[port] !== round || speaker[port] !== row) continue;
      const stateOfRow = state[row] ?? 0;
      states[stateOfRow - 1] = (states[stateOfRow - 1] ?? 0) + 1;
      if (!isTimed(row)) continue;
      timedState[next] = stateOfRow;
      timedExpires[next] = expiresMs[row] ?? 0;
      next += 1;
    }
  }
  return { count, holding: { states, live: count - timed, timed: { state: timedState, expiresMs: timedExpires } } };
}

function connectId({ outbound }: Snapshot, group: number, prefix: string): string {
  const { localAddress, remoteAddress, remotePort } = outbound;
  const ends = `${formatAddressIdPart(localAddress[group] ?? '')}_${formatAddressIdPart(remoteAddress[group] ?? '')}`;
  return `${prefix}_${ends}_${remotePort[group] ?? 0}`;
}
