/** The forecast of one pool. It is plain JSON data: it is stored with alerts and sent over the wire. */
import type { PoolKind, Reuse } from '../pool/pool.js';

/** The first that matches: no port is available, live ports fill the pool, closes fill it, nothing happens, neither. */
export type Mode = 'idle' | 'steady' | 'churn' | 'leak' | 'exhausted';

export type Cause = 'closes' | 'growth' | 'unanswered';

/** One point of the projection: the ports in use at an instant if the rate stays as it is, with the 90% band. */
export interface AheadPoint {
  readonly atMs: number;
  readonly used: number;
  readonly low: number;
  readonly high: number;
}

/** A process whose connect() or bind() calls failed because no local port was free. */
export interface FailingProcess {
  readonly pid: number;
  readonly name: string;
  /** Its failed calls of the last minute. */
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
  /**
   * The least that the capacity may be, where that is less: connect() may skip ports that were bound before. It raises no
   * alarm.
   */
  readonly capacityLow?: number;
  /**
   * Ports that look free and that connect() was seen to skip, because they were bound before; they are not in `capacity`.
   * Absent where there are none.
   */
  readonly skippedPorts?: number;
  /** live + timeWait, as the table shows. */
  readonly used: number;
  /** TIME_WAIT ports past the reuse delay where reuse is effective, else 0. */
  readonly reusable: number;
  /** capacity - used + reusable, never below 0. */
  readonly available: number;
  readonly live: number;
  /** The live ports in CLOSE_WAIT: the peer has closed, and the application has not closed yet. */
  readonly closeWait: number;
  /** The live ports in SYN_SENT: the other side has not answered yet. Absent in forecasts stored by older versions. */
  readonly synSent?: number;
  /** Ports in TIME_WAIT and orphan FIN_WAIT2. */
  readonly timeWait: number;
  /** Of `timeWait`, the ports in FIN_WAIT2 without an owner; absent where they are less than half of it. */
  readonly orphanFinWait2?: number;
  readonly holdMs: number;
  readonly reuse: Reuse;
  /** Reuse is possible but has not been seen yet: later samples may correct the forecast (kernel rule 17). */
  readonly reuseMayShow?: true;
  /**
   * What takes the ports while an exhaustion is forecast or present: connections that are closed, connections that stay
   * open, or connects that nobody answers; null otherwise. Absent in forecasts stored by older versions.
   */
  readonly cause?: Cause | null;
  /**
   * No port is free, or none was until just now, so fewer connections open than the clients want. `closeRate` is then
   * the least demand that is known: from before the exhaustion, and from the connects that fail.
   */
  readonly demandAtLeast?: true;
  /** Entries into TIME_WAIT and orphan FIN_WAIT2 per second; null while unknown. */
  readonly closeRate: number | null;
  /** 90% interval of `closeRate`. */
  readonly closeRateLow: number | null;
  readonly closeRateHigh: number | null;
  /** Growth of live ports per second where it is significant, else 0; null while unknown. */
  readonly liveGrowth: number | null;
  readonly sustainableRate: number;
  readonly pressure: number | null;
  readonly exhaustsAtMs: number | null;
  readonly earliestAtMs: number | null;
  /** Null with an `exhaustsAtMs` means: at the low end of the rate it may never happen. */
  readonly latestAtMs: number | null;
  /**
   * Of 20 equally likely situations, when each has run out (epoch ms, ascending; null = never): the quantiles 2.5%, 7.5% to
   * 97.5%, with the doubt whether the traffic lasts. Only of the worst pools, and absent where no exhaustion is forecast.
   */
  readonly exhaustsQuantilesMs?: readonly (number | null)[];
  /** Probability of exhaustion within 10 minutes of the sample. It includes the doubt whether the traffic lasts. */
  readonly probability: number | null;
  /** The same without the pool's history: whether the traffic lasts is then judged by its present course alone. */
  readonly probabilityIfHeld: number | null;
  /** What `probability` rests on: the present rate; the climb of the rate; how long earlier bursts lasted. */
  readonly probabilityBasis: 'rate' | 'climb' | 'history';
  /** Earlier bursts of this pool that `probability` rests on; 0 with the basis `rate`. */
  readonly burstsKnown: number;
  /** While the rate climbs: when rate x hold reaches capacity, with its 90% interval. */
  readonly pressureFullAtMs: number | null;
  readonly pressureFullEarliestAtMs: number | null;
  /** Null with a `pressureFullAtMs` means: the climb may end before. */
  readonly pressureFullLatestAtMs: number | null;
  /** Days until the daily peak of pressure reaches 1; null where it does not rise, or the history is too short. */
  readonly outlookDays: number | null;
  /** One clause on what the outlook rests on, or why there is none; null where no history is kept. */
  readonly outlookWhy: string | null;
  /** Calls of the last minute that failed because no port of this pool was free; null where they are not watched. */
  readonly failedConnects: number | null;
  /** The processes that made those calls, the one with most failures first; absent where no call failed. */
  readonly failedBy?: readonly FailingProcess[];
  readonly mode: Mode;
  /** One sentence with its numbers. */
  readonly why: string;
  /** The projection; empty except for the worst pools. */
  readonly ahead: readonly AheadPoint[];
}
