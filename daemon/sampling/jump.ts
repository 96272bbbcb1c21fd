/**
 * Decides from counters alone whether ports are being taken so fast that the next beat may come too late. The counters
 * do not tell pools apart, so this is no forecast: it only says that the socket table is worth a look now.
 */
import { SECOND_MS } from '../units.js';

/** How many sockets held a port, or could hold one, at an instant: live connections and TIME_WAIT, inbound ones too. */
export interface HeldPorts {
  readonly monotonicMs: number;
  readonly count: number;
}

/** Connections opened within a time: by this host, to any destination. */
interface Opens {
  readonly count: number;
  readonly withinMs: number;
}

/** Fewer ports than this are no jump, however small the range is. */
const MIN_PORTS = 10;
/** A jump exceeds what was usual by this share, and by so many standard deviations of a Poisson count. */
const MIN_EXCESS_SHARE = 0.25;
const SIGMAS = 4;

/**
 * The time in ms after which no port would be free if ports went on being taken as fast as now; Infinity where they are not
 * taken, or where too few are to say.
 *
 * @param recent the counts of the last moments, oldest first. The fastest rise from any of them to the newest one counts,
 * so that a rise that has just begun is not averaged with the quiet before it.
 */
export function estimateFillMs(recent: readonly HeldPorts[], freePorts: number): number {
  const newest = recent.at(-1);
  if (newest === undefined) return Infinity;
  let fillMs = Infinity;
  for (const { monotonicMs, count } of recent) {
    const taken = newest.count - count;
    const withinMs = newest.monotonicMs - monotonicMs;
    if (taken >= MIN_PORTS && withinMs > 0) fillMs = Math.min(fillMs, (freePorts / taken) * withinMs);
  }
  return fillMs;
}

/** Whether so many connections were opened that chance does not explain it at the usual number of opens per second. */
export function isBeyondChance(opens: Opens, usualPerSecond: number): boolean {
  const expected = (usualPerSecond * opens.withinMs) / SECOND_MS;
  return opens.count > (1 + MIN_EXCESS_SHARE) * expected + SIGMAS * Math.sqrt(expected) + MIN_PORTS - 1;
}
