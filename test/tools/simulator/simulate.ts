/**
 * Simulates the ports of a host by the kernel's rules, on a clock of its own and independent of the forecast:
 * connections are opened and closed, wait in TIME_WAIT and are released, and the instant of the first failed connect()
 * or bind() is known. Deterministic: the same world gives the same bytes. Instants are in ms after the start.
 */
import type { Granularity } from '../../../daemon/host/release-granularity.js';
import type { HostCounters } from '../../../daemon/host/counters.js';
import type { HostLimits } from '../../../daemon/host/limits.js';
import type { Snapshot } from '../../../daemon/snapshot/snapshot.js';
import { arrivalTimes } from './arrivals.js';
import { createEvents } from './events.js';
import { createHost, STEP } from './host.js';
import { createLog } from './log.js';
import { intensityOf } from './plan.js';
import { exponential, seededFor, type Random } from './random.js';
import { snapshotOf } from './snapshot.js';
import { sameDestination, truthOf, type Truth } from './truth.js';
import { createWheel } from './wheel.js';
import { checkWorld, type Destination, type Life, type Stream, type World } from './world.js';

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
  /** All failures so far. A failed call is not repeated. */
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
  const sources = world.streams.map((stream, index) => sourceOf(world, stream, { index, indexOf }));
  sources.forEach(({ nextAt }, index) => events.push(nextAt(), -1 - index));
  let limits = world.limits;
  let changed = 0;
  let now = 0;

  const arrive = (index: number): void => {
    const source = sources[index];
    if (source === undefined) return;
    events.push(source.nextAt(), -1 - index);
    const group = source.nextGroup();
    const row = host.open(now, group, index);
    if (row === -1) {
      failures.push(now, group, (source.stream.binds ?? false) === false ? 0 : 1);
      if (firstFailure[group] === Infinity) firstFailure[group] = now;
      return;
    }
    const endsAt = source.endOf(now);
    if (endsAt <= now) host.step(now, row, STEP.END);
    else events.push(endsAt, row * 4 + STEP.END);
  };
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
          if (what < 0) arrive(-1 - what);
          else host.step(now, what >> 2, what & 3);
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

interface Source {
  readonly stream: Stream;
  nextAt(): number;
  nextGroup(): number;
  /** The instant at which a connection opened now ends. */
  endOf(openedAt: number): number;
}

function sourceOf(
  world: World,
  stream: Stream,
  at: { readonly index: number; readonly indexOf: (to: Destination) => number },
): Source {
  const arrivals = stream.arrivals ?? world.arrivals ?? { kind: 'paced' };
  const seed = world.seed ?? 1;
  const groups = stream.to.map(at.indexOf);
  const pick = seededFor(seed, 3 * at.index);
  const lives = seededFor(seed, 3 * at.index + 1);
  let turn = 0;
  return {
    stream,
    nextAt: arrivalTimes(arrivals, intensityOf(stream.rate), seededFor(seed, 3 * at.index + 2)),
    nextGroup() {
      const place = groups.length === 1 ? 0 : arrivals.kind === 'paced' ? turn++ : Math.floor(pick() * groups.length);
      return groups[place % groups.length] ?? 0;
    },
    endOf: (openedAt) => (stream.fate === 'kept' ? Infinity : endOf(stream.life, openedAt, lives)),
  };
}

function endOf(life: Life | undefined, openedAt: number, random: Random): number {
  if (life === undefined) return openedAt;
  if ('forMs' in life) return openedAt + life.forMs;
  if ('meanMs' in life) return openedAt + life.meanMs * exponential(random);
  if (openedAt >= life.untilMs) return openedAt;
  return life.untilMs + (life.overMs === undefined ? 0 : life.overMs * random());
}
