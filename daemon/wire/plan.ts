/** The answer of `portcast plan --json` and `GET /api/v1/plan`. */

/** What `plan` answers. Rates per second, durations in seconds. */
export interface WirePlan {
  input: { ports: [number, number]; timeWaitSeconds: number; rate: number; live: number };
  capacity: number;
  sustainableRate: number;
  /** Where use settles at that rate: live + rate x time-wait, whether or not it fits. */
  settlesAt: number;
  /** Settling point over capacity. */
  pressure: number;
  /** Null when it never runs out. */
  secondsToExhaustion: number | null;
  why: string;
  remedies: WireRemedy[];
}

export interface WireRemedy {
  /** Stable name, for example `keep_alive`. */
  name: string;
  title: string;
  detail: string;
  /** What it changes; null where it cannot be stated as a number. */
  sustainableRate: number | null;
  pressure: number | null;
  secondsToExhaustion: number | null;
}
