/**
 * An incident is what a person is told of: one per cause. It gathers the alerts that the cause raises. Plain JSON data: the
 * store keeps it as JSON.
 */
import type { Alert, Rule, Severity } from '../alert/alert.js';
import type { Outage } from '../outage/outage.js';
import type { PoolKind } from '../pool/pool.js';

/**
 * Open: an alert of it fires. Quiet: none fires any more, and it is not yet certain that it is over. Resolved: it is over.
 */
export type IncidentState = 'open' | 'quiet' | 'resolved';

/** A pool that flaps for days raises thousands of alerts. */
export const MAX_ALERTS = 1000;

/** What all pools of an incident have in common, the most telling first. */
type CauseKind = 'portcast' | 'range' | 'pool' | 'process' | 'destination' | 'local address' | 'namespace';

export interface Cause {
  readonly kind: CauseKind;
  /** The name of the process, the address, the id of the pool or the part of portcast; empty for `blind` and `range`. */
  readonly key: string;
}

/** One alert of the incident. */
export interface IncidentAlert {
  readonly id: string;
  readonly rule: Rule;
  readonly poolId: string | null;
  readonly severity: Severity;
  readonly firingAtMs: number;
  readonly resolvedAtMs: number | null;
}

/** One pool of the incident, as it was when it joined, and its peak since. */
export interface IncidentPool {
  readonly id: string;
  /** Where it leads, for people: `10.0.0.2:443`. */
  readonly name: string;
  readonly namespace: string;
  readonly localAddress: string;
  /** Null where the pool has no single destination. */
  readonly remoteAddress: string | null;
  /** The names of the processes that are known to hold its ports; empty while none is known. */
  readonly processes: readonly string[];
  readonly joinedAtMs: number;
  readonly capacity: number;
  readonly peakUsed: number;
  /** When all ports were first gone, by the forecast that was made when the pool joined; null where none was. */
  readonly forecastExhaustionMs: number | null;
  // The fields below are absent in incidents stored by older versions.
  readonly kind?: PoolKind;
  /** When the peak was sampled. */
  readonly peakAtMs?: number;
  /** The peak as it was last stored. */
  readonly savedPeak?: number;
  /** The newest capacity: it differs from the first one when the limits of the host have changed. */
  readonly lastCapacity?: number;
  /** Oldest first, the newest ones. */
  readonly outages?: readonly Outage[];
  /** Absent while no forecast named an instant. */
  readonly forecasts?: MadeForecasts;
}

/** One forecast of when the ports run out, as it was made. Instants are epoch ms. */
export interface MadeForecast {
  readonly madeAtMs: number;
  readonly exhaustsAtMs: number;
  /** The 90% interval. */
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number | null;
  /** Of exhaustion within 10 minutes of the sample. */
  readonly probability: number | null;
}

/** The first forecast, the one with the highest probability, and the last one before the ports ran out. */
export interface MadeForecasts {
  readonly first: MadeForecast;
  readonly worst: MadeForecast;
  readonly last: MadeForecast;
}

/** What has been told of an incident. */
export interface Told {
  /** Messages to each recipient. */
  readonly count: number;
  readonly lastAtMs: number | null;
  /** The worst severity that was told; null while nothing was. */
  readonly severity: Severity | null;
  readonly recipients: readonly string[];
  readonly reminders: number;
  /** Null before the first message. */
  readonly nextReminderAtMs: number | null;
}

/** That somebody has taken an incident on. It stops reminders, until the incident is over or becomes more severe. */
interface Acknowledgement {
  readonly atMs: number;
  /** Null where nobody was named. */
  readonly author: string | null;
  /** Empty where none was given. */
  readonly comment: string;
  /** How severe the incident was then. */
  readonly severity: Severity;
}

interface IncidentComment {
  readonly atMs: number;
  /** Null where nobody was named. */
  readonly author: string | null;
  readonly text: string;
}

/** What keeps an incident from being told: the id of a silence, or the name of a maintenance window. */
export interface MutedBy {
  readonly reason: 'silenced' | 'maintenance';
  readonly by: string;
}

export interface Incident {
  /** Stable and URL-safe. */
  readonly id: string;
  readonly state: IncidentState;
  /** The worst of all its alerts so far. */
  readonly severity: Severity;
  readonly cause: Cause;
  readonly openedAtMs: number;
  readonly lastJoinedAtMs: number;
  /** Since when no alert of it fires; null while one does. */
  readonly quietSinceMs: number | null;
  readonly resolvedAtMs: number | null;
  /** How often an alert fired again while the incident was quiet. */
  readonly recurrences: number;
  /** How long it must be quiet before it is resolved; grows with each recurrence. */
  readonly quietForMs: number;
  /** The alert that a message describes: the most severe one, and of these the first. */
  readonly lead: Alert;
  /** The newest, at most MAX_ALERTS and all that fire. */
  readonly alerts: readonly IncidentAlert[];
  /** All of them, also those that are no longer listed. */
  readonly alertCount: number;
  readonly pools: readonly IncidentPool[];
  readonly told: Told;
  /**
   * What the subjects of all its messages name, fixed by the first one: `ports to 10.0.0.2:443`. Absent before it, and in
   * incidents stored by older versions.
   */
  readonly topic?: string;
  /** When it was last stored. */
  readonly savedAtMs?: number;
  /** The decision not to tell that was stored last, so that it is not stored again with every sample. */
  readonly held: HeldBack | null;
  /** Null while nobody has taken it on. Like the two below, it is absent in incidents stored by older versions. */
  readonly acknowledgement?: Acknowledgement | null;
  /** Oldest first. */
  readonly comments?: readonly IncidentComment[];
  /** Null while it is told. */
  readonly mutedBy?: MutedBy | null;
  /** The recipients about whom `below severity` was stored. Absent where there are none. */
  readonly belowSeverity?: readonly string[];
}

/** `by` is absent where it was stored by an older version. */
export type HeldBack = Pick<Decision, 'kind' | 'reason'> & Partial<Pick<Decision, 'by'>>;

export type NoticeKind = 'first' | 'escalated' | 'reminder' | 'resolved' | 'digest';

/**
 * Why something was told or not. The first five are told; the others are not.
 * `below severity`: the rule's mail is off, or the recipient is told only of other severities. `flapping`: the incident was told
 * and has only come back.
 * `silenced` and `maintenance`: all of its alerts that fire are matched. `acknowledged`: it holds back reminders only.
 */
type Reason =
  | 'first'
  | 'escalated'
  | 'reminder'
  | 'resolved'
  | 'digest'
  | 'silenced'
  | 'maintenance'
  | 'acknowledged'
  | 'inhibited'
  | 'below severity'
  | 'flapping'
  | 'cap reached'
  | 'channel off';

/** One decision to tell or not to tell. Every one is stored. */
export interface Decision {
  readonly atMs: number;
  /** Null for an alert that belongs to no incident. */
  readonly incidentId: string | null;
  /** The alert that gave rise to it, or the leading one of the incident; null for a digest. */
  readonly alertId: string | null;
  readonly kind: NoticeKind;
  readonly told: boolean;
  readonly reason: Reason;
  /**
   * The id of the incident or of the alert that is told in its place, the id of the silence, the name of the maintenance
   * window, or who acknowledged the incident; null where none is.
   */
  readonly by: string | null;
  /** Null where the decision holds for every recipient. */
  readonly recipient: string | null;
  readonly messageId: string | null;
}

/** Something that is to be told of an incident now. */
export interface Notice {
  readonly kind: NoticeKind;
  readonly recipients: readonly string[];
  readonly incident: Incident;
}
