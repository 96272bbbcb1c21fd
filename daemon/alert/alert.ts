/** An alert and its life cycle, in Prometheus and Alertmanager words. Plain JSON data: the store keeps it as such. */
import type { PoolForecast } from '../forecast/types.js';

export const RULES = ['failing', 'imminent', 'leak', 'pressure', 'use', 'blind'] as const;
export type Rule = (typeof RULES)[number];
export type Severity = 'critical' | 'warning' | 'info';
export type AlertState = 'pending' | 'firing' | 'resolved';

/** A process that owns live rows of a pool. `confidence` is the share of the pool's live rows it was seen to own. */
export interface PoolProcess {
  readonly pid: number;
  readonly name: string;
  readonly confidence: number;
}

/** Who owns the live rows of a pool, or why nobody could be named. */
export interface OwnerReport {
  readonly processes: readonly PoolProcess[];
  readonly why: string | null;
}

export interface Alert {
  /** Stable and URL-safe: rule, pool (or `portcast`) and the instant it became pending. */
  readonly id: string;
  readonly rule: Rule;
  /** Null for `blind`. */
  readonly poolId: string | null;
  readonly severity: Severity;
  readonly state: AlertState;
  /** Whether this rule is mailed when it fires and resolves. */
  readonly mail: boolean;
  readonly pendingAtMs: number;
  readonly firingAtMs: number | null;
  readonly resolvedAtMs: number | null;
  /** Since when the clear line has been met while firing; null while it is not. */
  readonly clearSinceMs: number | null;
  /** The last evaluation that held the alert up. */
  readonly lastSeenAtMs: number;
  /** One sentence: what and how far. */
  readonly summary: string;
  /** The forecast when it fired (while pending: the newest), and the newest one. */
  readonly raised: PoolForecast | null;
  readonly latest: PoolForecast | null;
  readonly owners: OwnerReport;
}

export interface LevelRule {
  readonly mail: boolean;
  readonly raise: number;
  readonly clear: number;
  readonly forMs: number;
  readonly clearForMs: number;
}

/** Raise and clear lines of every rule; the config table is where the defaults stand. */
export interface AlertSettings {
  /** A connect to the pool was seen to fail within the last minute; cleared when none was. */
  readonly failing: { readonly mail: boolean; readonly forMs: number; readonly clearForMs: number };
  /** Raised when `exhaustsAt` is set and `probability` >= raise for `forMs`; cleared below `clear` for `clearForMs`. */
  readonly imminent: LevelRule;
  /** On `pressure` (ratio). */
  readonly pressure: LevelRule;
  /** On used / capacity (ratio), less what is reusable. */
  readonly use: LevelRule;
  /** Mode `leak` with an `exhaustsAt` within `raiseWithinMs`; cleared when beyond `clearBeyondMs` or gone. */
  readonly leak: {
    readonly mail: boolean;
    readonly raiseWithinMs: number;
    readonly clearBeyondMs: number;
    readonly forMs: number;
    readonly clearForMs: number;
  };
  /** No good sample for `raiseAfterMs`; cleared by good samples for `clearForMs`. */
  readonly blind: { readonly mail: boolean; readonly raiseAfterMs: number; readonly clearForMs: number };
}

/** One change of state that must be stored, and mailed where `alert.mail` is set and it fired or resolved. */
export interface AlertChange {
  readonly from: AlertState | 'inactive';
  /** `inactive` when a pending alert went away without firing. */
  readonly to: AlertState | 'inactive';
  readonly alert: Alert;
}
