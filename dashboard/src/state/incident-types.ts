/** Incidents and silences as this page reads them: what a server of an older version does not send is optional. */
import type { WireDecision, WireIncident, WireIncidentDetails } from '../../../daemon/wire/incident.js';

interface Remarks {
  /** Null while nobody has taken the incident on. */
  readonly acknowledgement: {
    readonly at: string;
    readonly author: string | null;
    readonly comment: string;
  } | null;
  /** Oldest first. */
  readonly comments: readonly { readonly at: string; readonly author: string | null; readonly text: string }[];
  /** The id of a silence. */
  readonly silencedBy: string | null;
  /** The name of a maintenance window. */
  readonly maintenance: string | null;
}

export type Incident = Omit<WireIncident, keyof Remarks> & Partial<Remarks>;
/** A newer server may give reasons that this page does not have. */
export type Decision = Omit<WireDecision, 'reason'> & { readonly reason: string };
export type IncidentDetails = Incident & {
  readonly decisions: readonly Decision[];
  readonly deliveries?: WireIncidentDetails['deliveries'];
  readonly changes?: WireIncidentDetails['changes'];
};

/** What a silence is about; all that are given must hold. */
export type Matchers = Readonly<Record<string, string>>;

export interface Silence {
  readonly id: string;
  readonly state: 'pending' | 'active' | 'expired';
  readonly matchers: Matchers;
  readonly beginAt: string;
  readonly endAt: string;
  readonly author: string | null;
  readonly comment: string;
}

/** What one channel answered to a test alert. */
export interface TestResult {
  readonly channel: string;
  readonly recipient: string;
  readonly ok: boolean;
  readonly answer: string;
}
