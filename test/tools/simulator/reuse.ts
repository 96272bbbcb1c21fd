/** TIME_WAIT ports that connect() takes again once they are older than the delay (kernel rules 16 and 17). */
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Ports } from './ports.js';
import type { Rows, TimeWaitQueue } from './rows.js';
import { MONOTONIC_START, type Destination, type World } from './world.js';
import { SECOND_MS } from '../../../daemon/units.js';
import { isLoopback } from '../../../daemon/host/ip-address.js';

interface Reuse {
  /** Call it after the limits of the ports were set: no port is reusable then. */
  setLimits(limits: HostLimits): void;
  /** Makes the ports available to connect() whose rows are older than the delay. */
  ripen(now: number): void;
  /** Records that a row holds its port. */
  note(row: number): void;
  /** The row that holds a port to a destination, or -1; known only where reuse is possible. */
  holderOf(group: number, port: number): number;
}

function isEffective({ local, remote }: Destination, limits: HostLimits): boolean {
  if (!limits.timestamps) return false;
  if (limits.twReuse === 2) return isLoopback(local) || isLoopback(remote);
  return limits.twReuse === 1;
}

export function createReuse(
  world: World,
  destinations: readonly Destination[],
  host: { readonly rows: Rows; readonly timeWait: TimeWaitQueue; readonly ports: Ports },
): Reuse {
  const { rows, timeWait, ports } = host;
  const holders: (Int32Array | undefined)[] = [];
  let effective: readonly boolean[] = [];
  let ripensAt = (enteredAt: number): number => enteredAt;
  return {
    setLimits(limits) {
      effective = destinations.map((each) => world.timestamps !== false && isEffective(each, limits));
      ripensAt = (enteredAt) => {
        if (limits.twReuseBySecond !== true) return enteredAt + limits.twReuseDelayMs;
        return (Math.floor((MONOTONIC_START + enteredAt) / SECOND_MS) + 1) * SECOND_MS - MONOTONIC_START;
      };
      timeWait.rewind();
      effective.forEach((is, group) => {
        if (!is || holders[group] !== undefined) return;
        const holder = new Int32Array(65_536).fill(-1);
        for (let row = 0; row < rows.end; row += 1) {
          if (rows.state[row] !== 0 && rows.group[row] === group) holder[rows.port[row] ?? 0] = row;
        }
        holders[group] = holder;
      });
    },
    ripen(now) {
      for (let row = timeWait.unripe(); row !== -1; row = timeWait.unripe()) {
        if (ripensAt(rows.enteredAt[row] ?? 0) > now) return;
        timeWait.pass();
        const group = rows.group[row] ?? 0;
        if (effective[group] === true) ports.ripen(group, rows.port[row] ?? 0);
      }
    },
    note(row) {
      const holder = holders[rows.group[row] ?? 0];
      if (holder !== undefined) holder[rows.port[row] ?? 0] = row;
    },
    holderOf(group, port) {
      const row = holders[group]?.[port] ?? -1;
      return row !== -1 && rows.state[row] !== 0 && rows.group[row] === group && rows.port[row] === port ? row : -1;
    },
  };
}
