/** An alert and its life cycle, in Prometheus and Alertmanager words. Plain JSON data: the store keeps it as JSON. */
import type { Owner } from '../advice/context.js';
import type { PoolForecast } from '../forecast/types.js';
import type { Outage } from '../outage/outage.js';

export const RULES = ['failing', 'imminent', 'leak', 'pressure', 'use', 'empty', 'blind', 'trouble'] as const;
export type Rule = (typeof RULES)[number];
/** From the mildest to the worst. */
const SEVERITIES = ['info', 'warning', 'critical'] as const;
export type Severity = (typeof SEVERITIES)[number];
export type AlertState = 'pending' | 'firing' | 'resolved';

export type PoolProcess = Owner;

/** The owners of one pool that are kept. */
export const MAX_KEPT_PROCESSES = 100;

/** The processes that own the live rows of a pool, the largest owner first; `why` is set where some could not be named. */
export interface OwnerReport {
  readonly processes: readonly PoolProcess[];
  readonly why: string | null;
}

/** The result of one search for the owners of several pools. */
export interface OwnerSearch {
  /** One for each pool, in their order. */
  readonly reports: readonly OwnerReport[];
  /** CPU time of the search in ms. */
  readonly costMs: number;
}

/** The report about a pool whose rows cannot have an owner: the kernel keeps none for TIME_WAIT and for orphans. */
export const WITHOUT_OWNERS: OwnerReport = {
  processes: [],
  why: 'no live connection of this pool belongs to a process: TIME_WAIT has no owner',
};
/** The report about an alert for whose pool no search has ended yet. */
export const OWNERS_NOT_SOUGHT: OwnerReport = { processes: [], why: 'the first search for owners has not ended yet' };
/** `why` where no obstacle is known: clients that end at once, orphans and other pid namespaces all look like this. */
export const NO_OWNER_FOUND = 'no process was found that holds a connection of this pool';

export interface Alert {
  /** Stable and URL-safe: rule, pool (or `portcast`) and the instant it became pending. */
  readonly id: string;
  readonly rule: Rule;
  /** Null for `empty`, which is about the host, and for `blind` and `trouble`, which are about portcast. */
  readonly poolId: string | null;
  readonly severity: Severity;
  readonly state: AlertState;
  /** Whether a mail is sent when this alert fires and when it is resolved. */
  readonly mail: boolean;
  /**
   * The alert of the same pool whose mail covers this one, so that `mail` is not set; null where none does, or where the rule
   * has no mail. Absent in alerts stored by older versions.
   */
  readonly inhibitedBy?: string | null;
  readonly pendingAtMs: number;
  readonly firingAtMs: number | null;
  readonly resolvedAtMs: number | null;
  /** The start of the unbroken time below the clear line (a pending alert: below the raise line); null while above it. */
  readonly clearSinceMs: number | null;
  /** The last step that evaluated this alert. */
  readonly lastSeenAtMs: number;
  /** The danger and the present use, in one or two sentences. */
  readonly summary: string;
  /** The forecast with which the alert fired (while pending: the newest one). */
  readonly raised: PoolForecast | null;
  /** The newest forecast. */
  readonly latest: PoolForecast | null;
  readonly owners: OwnerReport;
  /**
   * The outages of the pool since the alert became pending, oldest first, at most MAX_OUTAGES of the newest. Absent for
   * `blind`, where outages are not followed, and in alerts stored by older versions.
   */
  readonly outages?: readonly Outage[];
  /** What is wrong; for `trouble` only. */
  readonly trouble?: Trouble;
}

/** What is wrong with one part of portcast. */
export interface Trouble {
  /** See TROUBLE_PARTS in trouble.ts; otherwise the name of a channel. */
  readonly part: string;
  readonly message: string;
}

export interface LevelRule {
  readonly mail: boolean;
  readonly raise: number;
  readonly clear: number;
  readonly forMs: number;
  readonly clearForMs: number;
}

/** Raise and clear lines of every rule, and how long each must hold. The defaults are in settings.ts. */
export interface AlertSettings {
  /** Raised by a connect to the pool that failed within the last minute; cleared when none did. */
  readonly failing: { readonly mail: boolean; readonly forMs: number; readonly clearForMs: number };
  /** Raised when `exhaustsAt` is set and `probability` >= raise for `forMs`; cleared below `clear` for `clearForMs`. */
  readonly imminent: LevelRule;
  /** On `pressure` (ratio). */
  readonly pressure: LevelRule;
  /** On (used - reusable) / capacity (ratio). */
  readonly use: LevelRule;
  /** Mode `leak` with an `exhaustsAt` within `raiseWithinMs`; cleared when that is beyond `clearBeyondMs` or null. */
  readonly leak: {
    readonly mail: boolean;
    readonly raiseWithinMs: number;
    readonly clearBeyondMs: number;
    readonly forMs: number;
    readonly clearForMs: number;
  };
  /** Raised while no port of the ephemeral range is usable. */
  readonly empty: { readonly mail: boolean; readonly forMs: number; readonly clearForMs: number };
  /** No good sample for `raiseAfterMs`; cleared by good samples for `clearForMs`. */
  readonly blind: { readonly mail: boolean; readonly raiseAfterMs: number; readonly clearForMs: number };
  /** A part of portcast that has not worked for the waiting time of that part; cleared once it works for `clearForMs`. */
  readonly trouble: {
    readonly mail: boolean;
    readonly forMs: Readonly<Record<'store' | 'stall' | 'outbox' | 'fallback' | 'channel', number>>;
    readonly clearForMs: number;
  };
}

/** A change of state. It is stored, and mailed where `alert.mail` is set and the alert fired or was resolved. */
export interface AlertChange {
  readonly from: AlertState | 'inactive';
  /** `inactive` when a pending alert ended without firing. */
  readonly to: AlertState | 'inactive';
  readonly alert: Alert;
}

/** Whether the first severity is worse than the second. */
export function isMoreSevere(severity: Severity, than: Severity): boolean {
  return SEVERITIES.indexOf(severity) > SEVERITIES.indexOf(than);
}
