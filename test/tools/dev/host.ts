/** A simulated host in real time, as a source for `npm run dev`. */
import type { GlanceReader } from '../../../daemon/dump-contracts.js';
import type { Source } from '../../../daemon/source/worker/supervisor.js';
import { simulate } from '../simulator/simulate.js';
import { LEARNED, limitsOf, WALL_START, type Stream } from '../simulator/world.js';

const MINUTE_MS = 60_000;
/** How long the traffic has run before the first sample, so that the page has something to show. */
const WARM_UP_MS = 2 * MINUTE_MS;
/** Loopback destinations, where Linux reuses ports. */
const LOOPBACK = '127.0.0.1';

/** 1,000 ports sustain 16.1 closes/s to one destination. */
const STREAMS: readonly Stream[] = [
  // steady
  closes(1, () => 5),
  // near the limit
  closes(2, () => 14.5),
  // a burst of 25 s every four minutes, which stops in time
  closes(3, (ms) => (ms % (4 * MINUTE_MS) < 25_000 ? 25 : 3)),
  // a slow leak on top of some closes
  { ...closes(4, () => 0.15), fate: 'kept' },
  closes(4, () => 2),
  // a ramp that goes over the limit in eight minutes of every twelve
  closes(5, (ms) => rampAt(ms % (12 * MINUTE_MS))),
  // reuse: without it this rate would exhaust the pool
  { ...closes(6, () => 40), to: [{ local: LOOPBACK, remote: LOOPBACK, port: 8080 }] },
];

function closes(last: number, rate: (ms: number) => number): Stream {
  return { to: [{ local: '10.0.0.1', remote: `10.0.1.${last}`, port: 443 }], rate, fate: 'time_wait' };
}

function rampAt(ms: number): number {
  return ms < 8 * MINUTE_MS ? 2 + (20 * ms) / (8 * MINUTE_MS) : 2;
}

/** Arrivals are Poisson and the same in every run. @param clock epoch ms */
export function openSimulatedHost(clock: () => number): { source: Source; glances: GlanceReader } {
  const limits = limitsOf({ twReuse: 2 });
  const simulation = simulate({ limits, granularity: LEARNED, streams: STREAMS, arrivals: { kind: 'poisson' } });
  const beganMs = clock() - WARM_UP_MS;
  const now = (): void => simulation.runTo(clock() - beganMs);
  /** The simulator has a clock of its own. */
  const onOurClock = <T extends { readonly takenAtMs: number }>(reading: T): T => ({
    ...reading,
    takenAtMs: reading.takenAtMs - WALL_START + beganMs,
  });
  const choice = { name: 'recording', why: 'a simulated host, for development' } as const;
  const source: Source = {
    choice,
    readHost() {
      now();
      return Promise.resolve({ limits, granularity: LEARNED, counters: onOurClock(simulation.counters()) });
    },
    readTable() {
      now();
      return Promise.resolve({ snapshot: onOurClock(simulation.snapshot()), source: choice, costMs: 1 });
    },
    findOwners: (queries) =>
      Promise.resolve({
        reports: queries.map(() => ({ processes: [], why: 'nobody owns a simulated connection' })),
        costMs: 0,
      }),
    stop: () => Promise.resolve(),
  };
  const glances: GlanceReader = {
    readHeldPorts() {
      now();
      const { inUse, timeWait } = simulation.counters();
      return (inUse ?? 0) + (timeWait ?? 0);
    },
    readActiveOpens: () => simulation.counters().activeOpens,
    close: () => undefined,
  };
  return { source, glances };
}
