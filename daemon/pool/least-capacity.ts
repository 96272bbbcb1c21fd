/**
 * How many ports of a pool connect() may skip although they look free, on a kernel where ports stay marked by an explicit
 * bind that is long closed.
 *
 * Below Linux 6.18 a plain connect() skips every port whose bucket was ever bound explicitly, until the last socket of any
 * address on that port is gone, TIME_WAIT included. bind(0) takes a port that carries connections of another local
 * address, mostly one of its own parity, and no row shows it once the bound socket is closed. So each port of that parity
 * that carries a row may be one of them. Measured with real sockets on 5.10 to 6.12, with a range of 100 ports, all of them
 * held by connections to one destination: 10 binds that were closed again left 90 ports to each other destination, IPv6
 * included, and 200 left 50. With 80 ports held, 30 of them of bind(0)'s parity, 500 binds left 70.
 */
import { PORT_COUNT } from '../host/kernel-constants.js';
import type { HostLimits } from '../host/limits.js';
import type { Snapshot } from '../snapshot/snapshot.js';
import { HOLDS_NO_PORT } from './bound-rows.js';
import type { UsablePorts } from './capacity.js';
import { findGroupRows } from './group-key.js';

/** The group that alone holds a port, plus one; 0 for none. */
const soleHolder = new Int32Array(PORT_COUNT);
const SEVERAL = -1;

/**
 * The least that the capacity of a connect pool may be, by its group: the capacity less the ports of bind(0)'s parity that
 * carry rows of other groups. It equals the capacity on a kernel that skips no such port, and on other systems.
 * It runs over every row of the table in every sample.
 *
 * A bind to a port that the program names may mark a port of either parity. Such binds are rare, and are left out.
 */
export function findLeastCapacity(
  snapshot: Snapshot,
  usable: UsablePorts,
  limits: HostLimits,
): (group: number) => number {
  const { capacity, bitmap } = usable;
  if (!maySkipPorts(limits)) return () => capacity;
  const { localPort, state } = snapshot.outboundRows;
  const bindParity = 1 - (limits.range.first % 2);
  const groups = snapshot.outbound.localAddress.length;
  const heldAlone = new Uint32Array(groups);
  let held = 0;
  soleHolder.fill(0);
  for (let group = 0; group < groups; group += 1) {
    const [from, to] = findGroupRows(snapshot, group);
    for (let row = from; row < to; row += 1) {
      const port = localPort[row] ?? 0;
      if (port % 2 !== bindParity || bitmap[port] !== 1 || HOLDS_NO_PORT[state[row] ?? 0] === 1) continue;
      const holder = soleHolder[port] ?? 0;
      if (holder === SEVERAL || holder === group + 1) continue;
      if (holder === 0) {
        held += 1;
        heldAlone[group] = (heldAlone[group] ?? 0) + 1;
      } else heldAlone[holder - 1] = (heldAlone[holder - 1] ?? 0) - 1;
      soleHolder[port] = holder === 0 ? group + 1 : SEVERAL;
    }
  }
  return (group) => capacity - held + (heldAlone[group] ?? 0);
}

/** The parity rule and these buckets are of Linux, and a system without tcp_tw_reuse is not Linux. */
function maySkipPorts({ twReuse, skipsBoundPorts }: HostLimits): boolean {
  return twReuse !== null && skipsBoundPorts !== false;
}
