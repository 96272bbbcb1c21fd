/** The interfaces between the alerts, the store that keeps what is to be told, and the channels that tell it. */
import type { Alert, AlertChange } from './alert/alert.js';
import type { HostReading } from './contracts.js';
import type { PlannedMessage } from './incident/caps.js';
import type { ActionToken } from './incident/action.js';
import type { Decision, Incident } from './incident/incident.js';
import type { ChannelName } from './incident/recipients.js';
import type { Silence } from './incident/silences.js';

/** A rendered message. It is stored with the alert that it belongs to, and sent until the other side accepts it. */
export interface OutboxMessage {
  /** The key: an RFC 5322 Message-ID without angle brackets, made of alert id, transition and recipient. */
  readonly messageId: string;
  /** A mail address, or the name of another channel. */
  readonly recipient: string;
  readonly alertId: string | null;
  /** Absent or null in the message of a test, and in messages stored by older versions. */
  readonly incidentId?: string | null;
  /** The message that must have been accepted before this one is sent; absent or null: none. */
  readonly afterId?: string | null;
  /**
   * The Message-IDs of the same news in other channels, with spaces between them: it is cancelled once one of these was accepted.
   * Absent or null: it is sent whatever becomes of others.
   */
  readonly insteadOf?: string | null;
  /** It is not sent before this instant, unless all of `insteadOf` were given up; absent: at once. It is not stored. */
  readonly notBeforeMs?: number;
  readonly subject: string;
  readonly text: string;
  /** Empty in the messages of channels other than mail. */
  readonly html: string;
  /** The picture of a mail as SVG; absent or null where it has none, and in messages stored by older versions. */
  readonly picture?: string | null;
  /** The JSON document of the message, for channels other than mail; absent or null in a mail. */
  readonly document?: string | null;
  readonly createdAtMs: number;
}

/** What a commit stores of incidents. */
export interface IncidentRecord {
  readonly incidents: readonly Incident[];
  readonly decisions: readonly Decision[];
  readonly silences?: readonly Silence[];
  /** Of the links in the messages of the same commit, and of those that were used. */
  readonly tokens?: readonly ActionToken[];
}

/** The links of one message by which its reader does something about the incident. */
export interface ActionUrls {
  readonly acknowledge: string;
  /** Each with what it does: `Silence for 1 h`. */
  readonly silence: readonly { readonly label: string; readonly url: string }[];
}

/** New links, with what is stored of them. */
export interface IssuedLinks extends ActionUrls {
  readonly tokens: readonly ActionToken[];
}

export interface SilenceStore {
  /** Those that have not ended, and those that ended within the last days. */
  listSilences(): Silence[];
  /** Null where there is none with this hash. Raises STORE_* where that cannot be read now. */
  findActionToken(hash: string): ActionToken | null;
}

export interface AlertStore {
  /** The pending and firing alerts of the last commit. */
  loadActiveAlerts(): Alert[];
  /** Incidents that are not resolved, and those that were resolved lately, as of the last commit; oldest first. */
  loadIncidents(): Incident[];
  /** The decisions since an instant, oldest first. */
  loadDecisions(sinceMs: number): Decision[];
  /**
   * Stores the changed alerts, the messages about them, the changed incidents and the decisions in one transaction, which is
   * on disk when the call returns.
   */
  commitAlerts(changes: readonly AlertChange[], messages: readonly OutboxMessage[], told?: IncidentRecord): void;
}

/** What one step of alerts and incidents leads to. */
export interface Announcement extends IncidentRecord {
  readonly changes: readonly AlertChange[];
  readonly messages: readonly PlannedMessage[];
  /** Those that are open, by which a digest names them. */
  readonly known: readonly Incident[];
}

export interface Announcer {
  /** Stores all of it together with the rendered messages, then has these sent. Throws when storing fails. */
  announce(announcement: Announcement, reading: HostReading | null): void;
}

export interface OutboxEntry extends OutboxMessage {
  readonly attempts: number;
  readonly nextAttemptAtMs: number;
  readonly lastError: string | null;
}
/** The result of one attempt to send. `retry` is false when another attempt cannot succeed. */
export type SendOutcome =
  | { readonly ok: true; readonly response: string }
  | {
      readonly ok: false;
      readonly retry: boolean;
      readonly error: string;
      /** What the server refused in a session that works: others may be accepted. Not set for other failures. */
      readonly refused?: 'recipient' | 'message';
      /** How long the other side asks to wait before the next attempt. */
      readonly retryAfterMs?: number;
    };
export interface OutboxSummary {
  readonly pending: number;
  readonly failed: number;
  readonly lastSentAtMs: number | null;
  readonly lastError: string | null;
}
export interface OutboxStore {
  /** Unsent entries of a channel whose next attempt is due, oldest first. */
  dueMessages(nowMs: number, limit: number, channel: ChannelName): OutboxEntry[];
  /**
   * Records the result of one attempt. It is on disk when the call returns, or in memory while the database cannot be written.
   * Null: no further attempt.
   */
  recordAttempt(messageId: string, outcome: SendOutcome, nowMs: number, nextAttemptAtMs: number | null): void;
  outboxSummary(channel: ChannelName): OutboxSummary;
}

export interface Channel {
  /** Sends one message; never throws. */
  send(message: OutboxMessage): Promise<SendOutcome>;
  /** Ends the connections; a message under way fails, and later ones do too. */
  close(): void;
  /** Where its connections go; absent for a channel without a connection. */
  readonly server?: { readonly host: string; readonly port: number };
  /**
   * Opens the connection ahead and keeps it for the next minute. Called with every sample while there may soon be something
   * to tell; never throws and never waits.
   */
  warm?(): void;
  /** Does everything but send: connects, begins TLS, logs in. Never throws. */
  selfTest?(): Promise<SendOutcome>;
}

/** The addresses that a name had when it was last looked up, the one that answered last first. */
export interface KnownAddresses {
  readonly host: string;
  readonly addresses: readonly string[];
  /** Wall time of the look-up. */
  readonly atMs: number;
}
export interface AddressStore {
  loadAddresses(): readonly KnownAddresses[];
  /** Replaces what is stored. Never throws: what cannot be stored is looked up again after a restart. */
  saveAddresses(known: readonly KnownAddresses[]): void;
}

/** How one channel can deliver at present, for the status. */
export interface DeliveryFacts {
  readonly channel: string;
  /** `smtp.example.org:587`; null for a channel without a connection. */
  readonly server: string | null;
  /** Wall time and error of the latest self-test; the error is null after one that succeeded, and before the first. */
  readonly lastTestAtMs: number | null;
  readonly lastTestError: string | null;
  readonly lastSentAtMs: number | null;
  /** The address that the next connection goes to, and the age of the look-up; null where unknown, age 0 for a literal. */
  readonly address: string | null;
  readonly addressAgeMs: number | null;
  /** The local ports of the connections, as `32704-32767`; null when the kernel chooses them. */
  readonly localPorts: string | null;
  /** Which local ports these are, or why none are chosen. */
  readonly why: string;
}
