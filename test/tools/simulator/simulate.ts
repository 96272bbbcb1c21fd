/**
 * Simulates the ports of a host by the kernel's rules, on a clock of its own and independent of the forecast:
 * connections are opened and closed, wait in TIME_WAIT and are released, and the instant of the first failed connect()
 * or bind() is known. Deterministic: the same world gives the same bytes. Instants are in ms after the start.
 */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import type { HostCounters } from '../../../daemon/host/counters.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { createEvents } from './events.js';
import { createHost, STEPS } from './host.js';
import { createLog } from './log.js';
import { snapshotOf } from './snapshot.js';
import { createTraffic } from './traffic.js';
import { sameDestination, truthOf, type Truth } from './truth.js';
import { createWheel } from './wheel.js';
import { checkWorld, type Destination, type Stream, type World } from './world.js';

interface Failure {
  readonly atMs: number;
  readonly to: Destination;
  readonly syscall: 'connect' | 'bind';
}

export interface Simulation extends Truth {
  readonly granularity: Granularity;
  /** Advances the time and executes everything up to it. */
  runTo(ms: number): void;
  snapshot(): Snapshot;
  counters(): HostCounters;
  /** The limits in force. */
  limits(): HostLimits;
  /** The ports of the range that are held, to one destination or summed over all. */
  used(destination?: Destination): number;
  /**
   * The instant of the first failed connect() or bind(), of all or to one destination; null where none has failed so
   * far.
   */
  failedAt(destination?: Destination): number | null;
  /** All failures so far, a repeated call each time that it fails. */
  failures(): Failure[];
  failureCount(): number;
  /** The instants of all entries into TIME_WAIT and orphan FIN_WAIT2 so far; empty without `recordCloses`. */
  closes(destination?: Destination): Float64Array;
}

/** @throws {Error} quoting a stream, point or change that is invalid. */
export function simulate(world: World): Simulation {
  checkWorld(world);
  const destinations = destinationsOf(world.streams);
  const indexOf = (to: Destination): number => destinations.findIndex((each) => sameDestination(each, to));
  const wheel = createWheel(world.granularity);
  const events = createEvents();
  const closes = createLog();
  const failures = createLog();
  const firstFailure = new Float64Array(destinations.length).fill(Infinity);
  const host = createHost(world, destinations, {
    events,
    wheel,
    closed: (at, group) => {
      if (world.recordCloses === true) closes.push(at, group, 0);
    },
  });
  const changes = world.changes ?? [];
  const traffic = createTraffic(world, {
    events,
    host,
    indexOf,
    failed(at, group, syscall) {
      failures.push(at, group, syscall === 'bind' ? 1 : 0);
      if (firstFailure[group] === Infinity) firstFailure[group] = at;
    },
  });
  let limits = world.limits;
  let changed = 0;
  let now = 0;

  const usedBy = (group: number): number => {
    if (changed === 0) return host.held[group] ?? 0;
    const { rows } = host;
    let count = 0;
    for (let row = 0; row < rows.end; row += 1) {
      if (rows.state[row] !== 0 && rows.group[row] === group && host.isUsable(rows.port[row] ?? 0)) count += 1;
    }
    return count;
  };
  const failedAt = (destination?: Destination): number | null => {
    if (destination === undefined) return failures.atMs()[0] ?? null;
    const at = firstFailure[indexOf(destination)] ?? Infinity;
    return at === Infinity ? null : at;
  };

  return {
    ...truthOf(world.streams),
    granularity: world.granularity,
    runTo(ms) {
      for (;;) {
        const releaseAt = host.releaseAt();
        const eventAt = events.firstAt();
        const change = changes[changed];
        const at = Math.min(releaseAt, eventAt, change?.atMs ?? Infinity);
        if (at > ms) break;
        now = Math.max(now, at);
        if (releaseAt === at) host.releaseOldest();
        else if (change?.atMs === at) {
          limits = { ...limits, ...change.limits };
          host.setLimits(limits);
          changed += 1;
        } else {
          const what = events.pop();
          if (what < 0) traffic.arrive(now, -1 - what);
          else traffic.step(now, Math.floor(what / STEPS), what % STEPS);
        }
      }
      now = Math.max(now, ms);
    },
    snapshot: () =>
      snapshotOf(
        {
          rows: host.rows,
          destinations,
          held: host.held,
          wheel,
          listeners: world.listeners ?? [],
          bound: world.bound ?? [],
        },
        now,
      ),
    counters: () => host.counters(now),
    limits: () => limits,
    used: (destination) =>
      destination === undefined
        ? destinations.reduce((sum, _, group) => sum + usedBy(group), 0)
        : usedBy(indexOf(destination)),
    failedAt,
    failures() {
      const [groups, kinds] = [failures.group(), failures.kind()];
      return Array.from(failures.atMs(), (atMs, i): Failure => {
        const to = destinations[groups[i] ?? 0];
        if (to === undefined) throw new Error(`failure ${i} has no destination`);
        return { atMs, to, syscall: kinds[i] === 1 ? 'bind' : 'connect' };
      });
    },
    failureCount: failures.size,
    closes(destination) {
      if (destination === undefined) return closes.atMs();
      const [groups, wanted] = [closes.group(), indexOf(destination)];
      return closes.atMs().filter((_, i) => groups[i] === wanted);
    },
  };
}

function destinationsOf(streams: readonly Stream[]): Destination[] {
  const known = new Map<string, Destination>();
  streams.forEach(({ to }) => {
    for (const each of to) known.set(`${each.local} ${each.remote} ${each.port}`, each);
  });
  return [...known.values()];
}
