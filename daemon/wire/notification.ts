/**
 * The document of one message, for channels other than mail. docs/notification.schema.json publishes it: fields may be added,
 * and none is renamed, removed or changed in its meaning.
 */
import type { Rule, Severity } from '../alert/alert.js';
import type { Cause, IncidentState, NoticeKind } from '../incident/incident.js';

export interface WireNotification {
  version: 1;
  kind: NoticeKind | 'test';
  /** The same for each attempt to send this message, and for no other message. */
  messageId: string;
  createdAt: string;
  /** More than 0 where it is sent much later than it was written: what it forecasts may have happened already. */
  delayedSeconds: number;
  isTest: boolean;
  isDrill: boolean;
  /** The name of the host that portcast watches. */
  host: string;
  /** Null in a digest and in a test, like all that is about one incident. */
  incidentId: string | null;
  /** `open`, `quiet` (no alert fires any more) or `resolved`. */
  state: IncidentState | null;
  severity: Severity | null;
  cause: Cause | null;
  openedAt: string | null;
  resolvedAt: string | null;
  /** How long the incident has lasted. */
  lastedSeconds: number | null;
  /** How often it came back while it was quiet. */
  recurrences: number;
  /** The alert that leads the incident. */
  alertId: string | null;
  rule: Rule | null;
  /** Where the leading pool leads: `10.0.0.2:443`. */
  destination: string | null;
  /** When its ports run out by the forecast, with the 90% interval; null where that is not foreseen. */
  exhaustsAt: string | null;
  earliestAt: string | null;
  latestAt: string | null;
  secondsToExhaustion: number | null;
  /** That of exhaustion within 10 minutes. */
  probability: number | null;
  /** The first pools of the incident; `poolCount` counts all. */
  pools: WireNotificationPool[];
  poolCount: number;
  /** The processes that hold connections of the leading pool, where they are known; at most 20. */
  processes: { pid: number; name: string; confidence: number }[];
  /** The best first; `effect` is empty where it cannot be computed. */
  remedies: { title: string; effect: string; detail: string; commands: string[] }[];
  /** What was held back, in a digest: at most 50; `heldCount` counts all. */
  held: { incidentId: string; kind: NoticeKind; at: string }[];
  heldCount: number;
  /** For people: one line, one sentence, and the text as it is mailed. */
  subject: string;
  summary: string;
  text: string;
  links: { rel: string; title: string; url: string }[];
}

export interface WireNotificationPool {
  id: string;
  /** Where it leads: `10.0.0.2:443`. */
  name: string;
  namespace: string;
  localAddress: string;
  /** Null where it has no single destination. */
  remoteAddress: string | null;
  processes: string[];
  joinedAt: string;
  capacity: number;
  peakUsed: number;
  forecastExhaustionAt: string | null;
}
