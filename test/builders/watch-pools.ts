/** The pools of a simulated host, sample by sample. */
import { buildPools } from '../../daemon/pool/build-pools.js';
import { createPoolMemory, observeCounters } from '../../daemon/pool/pool-memory.js';
import type { Pool } from '../../daemon/pool/pool.js';
import { simulate } from '../tools/simulator/simulate.js';
import { LEARNED, limitsOf, type Destination, type Stream, type World } from '../tools/simulator/world.js';

interface WatchOptions {
  /** When the daemon starts and when it stops, in seconds after the start of the traffic. */
  readonly from?: number;
  readonly to: number;
  readonly limits?: World['limits'];
  readonly changes?: World['changes'];
}

/** One destination of one local address: 10.0.0.LOCAL towards 10.9.0.REMOTE. */
export const destination = (local: number, remote: number): Destination => ({
  local: `10.0.0.${local}`,
  remote: `10.9.0.${remote}`,
  port: 443,
});

/** A stream of connections that this host closes first, at random instants. */
export const stream = (to: readonly Destination[], rate: Stream['rate'], more: Partial<Stream> = {}): Stream => ({
  to,
  rate,
  fate: 'time_wait',
  arrivals: { kind: 'poisson' },
  ...more,
});

/** The pools at every second second, and when the first connect() or bind() failed, in seconds. */
export function watchPools(streams: readonly Stream[], { from = 0, to, limits = limitsOf(), changes }: WatchOptions) {
  const simulation = simulate({
    limits,
    granularity: LEARNED,
    streams,
    ...(changes === undefined ? {} : { changes }),
  });
  const memory = createPoolMemory();
  const samples: { readonly second: number; readonly pools: readonly Pool[] }[] = [];
  for (let second = from; second <= to; second += 2) {
    simulation.runTo(second * 1000);
    observeCounters(memory, simulation.counters());
    samples.push({ second, pools: buildPools(simulation.snapshot(), simulation.limits(), memory) });
  }
  const failedAtMs = simulation.failedAt();
  return { samples, failedAt: failedAtMs === null ? null : failedAtMs / 1000 };
}

export const usedOf = ({ live, timed }: Pool): number => live + timed.state.length;
/** `kind localAddress` of each pool, sorted. */
export const namesOf = (pools: readonly Pool[]): string[] =>
  pools.map(({ kind, localAddress }) => `${kind} ${localAddress}`).sort();
