/** What the forecast says of one pool. Plain JSON data: it is stored with alerts and sent over the wire. */
import type { PoolKind, Reuse } from '../pool/pool.js';

export type Mode = 'idle' | 'steady' | 'churn' | 'leak' | 'exhausted';

/** One point of the forecast ahead: the ports used at an instant if the rate stays, and its 90% band. */
export interface AheadPoint {
  readonly atMs: number;
  readonly used: number;
  readonly low: number;
  readonly high: number;
}

/** A process whose connects or binds failed for want of a port. */
export interface FailingProcess {
  readonly pid: number;
  readonly name: string;
  /** How many of them, in the last minute. */
  readonly failed: number;
}

export interface PoolForecast {
  readonly id: string;
  readonly kind: PoolKind;
  readonly namespace: string;
  readonly family: 'ipv4' | 'ipv6';
  readonly localAddress: string;
  readonly remoteAddress: string | null;
  readonly remotePort: number | null;
  /** Epoch ms of the snapshot this forecast was made from. */
  readonly sampledAtMs: number;
  readonly capacity: number;
  /** live + timeWait, as the table shows. */
  readonly used: number;
  /** TIME_WAIT ports past the reuse delay where reuse is effective, else 0. */
  readonly reusable: number;
  /** capacity - used + reusable, never below 0. */
  readonly available: number;
  readonly live: number;
  /** Of the live ones, those in CLOSE_WAIT: the application has not closed what the peer has. */
  readonly closeWait: number;
  /** TIME_WAIT and orphan FIN_WAIT2. */
  readonly timeWait: number;
  readonly holdMs: number;
  readonly reuse: Reuse;
  /** Reuse is possible and has not shown yet: the next samples may take the forecast back (kernel rule 17). */
  readonly reuseMayShow?: true;
  /** Entries into TIME_WAIT and orphan FIN_WAIT2 per second; null where it cannot be known yet. */
  readonly closeRate: number | null;
  /** 90% interval of `closeRate`. */
  readonly closeRateLow: number | null;
  readonly closeRateHigh: number | null;
  /** Growth of live ports per second where significant, else 0; null where it cannot be known yet. */
  readonly liveGrowth: number | null;
  readonly sustainableRate: number;
  readonly pressure: number | null;
  readonly exhaustsAtMs: number | null;
  readonly earliestAtMs: number | null;
  /** Null with an `exhaustsAtMs` means: at the low end of the rate it may not happen at all. */
  readonly latestAtMs: number | null;
  /** Probability of exhaustion within 10 minutes of the sample. */
  readonly probability: number | null;
  /** The same if the present rate goes on, whatever the pool's history says of that. */
  readonly probabilityIfHeld: number | null;
  /** What `probability` rests on: that the present rate goes on, that it goes on climbing, or how long earlier bursts lasted. */
  readonly probabilityBasis: 'rate' | 'climb' | 'history';
  /** Earlier bursts of this pool that were learned from; 0 with the basis `rate`. */
  readonly burstsKnown: number;
  /** While the rate climbs: when rate x hold will reach capacity, with its 90% interval. */
  readonly pressureFullAtMs: number | null;
  readonly pressureFullEarliestAtMs: number | null;
  /** Null with a `pressureFullAtMs` means: the climb may end before. */
  readonly pressureFullLatestAtMs: number | null;
  /** Days until the daily peak of pressure reaches 1; null when it does not rise, or where history does not tell. */
  readonly outlookDays: number | null;
  /** One clause on what the outlook rests on, or why there is none; null where no history is kept. */
  readonly outlookWhy: string | null;
  /** Connects and binds to this pool seen to fail for want of a port in the last minute; null where nobody watches. */
  readonly failedConnects: number | null;
  /** Whose they were, the one that failed most first; absent where none was seen. */
  readonly failedBy?: readonly FailingProcess[];
  readonly mode: Mode;
  /** One sentence with its numbers. */
  readonly why: string;
  /** Filled for the pools that matter (the worst ones), else empty. */
  readonly ahead: readonly AheadPoint[];
}
