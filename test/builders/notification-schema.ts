/**
 * The schema of the document of a message, of which docs/notification.schema.json is made. The compiler compares it with the
 * type, and the tests read every document with it.
 */
import { z } from 'zod';
import type { OutboxMessage } from '../../daemon/notify-contracts.js';
import type { WireNotification } from '../../daemon/wire/notification.js';
import { requireValue } from './require-value.js';

const instant = z.iso.datetime();
const instantOrNull = instant.nullable();
const KINDS = ['first', 'escalated', 'reminder', 'resolved', 'digest'] as const;
const RULES = ['failing', 'imminent', 'leak', 'pressure', 'use', 'empty', 'blind', 'trouble'] as const;
const CAUSES = ['portcast', 'range', 'pool', 'process', 'destination', 'local address', 'namespace'] as const;
const about = <T extends z.ZodType>(type: T, description: string): T => type.describe(description);

const pool = z.strictObject({
  id: z.string(),
  name: about(z.string(), 'Where it leads, such as 10.0.0.2:443.'),
  namespace: z.string(),
  localAddress: z.string(),
  remoteAddress: about(z.string().nullable(), 'null where the pool has no single destination.'),
  processes: z.array(z.string()).max(20),
  joinedAt: instant,
  capacity: z.number(),
  peakUsed: z.number(),
  forecastExhaustionAt: instantOrNull,
});

const notification = z.strictObject({
  version: z.literal(1),
  kind: about(z.enum([...KINDS, 'test']), 'Why the message is sent.'),
  messageId: about(z.string(), 'The same for each attempt to send this message: drop what you have seen.'),
  createdAt: instant,
  delayedSeconds: about(z.number().min(0), 'More than 0 where the message is sent much later than it was written.'),
  isTest: z.boolean(),
  isDrill: z.boolean(),
  host: about(z.string(), 'The host that portcast watches.'),
  incidentId: about(z.string().nullable(), 'null in a digest and in a test, like all that is about one incident.'),
  state: about(z.enum(['open', 'quiet', 'resolved']).nullable(), 'quiet: no alert of the incident fires any more.'),
  severity: about(z.enum(['info', 'warning', 'critical']).nullable(), 'The worst severity of the incident so far.'),
  cause: about(
    z.strictObject({ kind: z.enum(CAUSES), key: z.string() }).nullable(),
    'What all pools of the incident have in common; key is its name or address.',
  ),
  openedAt: instantOrNull,
  resolvedAt: instantOrNull,
  lastedSeconds: z.number().nullable(),
  recurrences: about(z.number(), 'How often the incident came back while it was quiet.'),
  alertId: z.string().nullable(),
  rule: z.enum(RULES).nullable(),
  destination: about(z.string().nullable(), 'Where the leading pool leads.'),
  exhaustsAt: about(instantOrNull, 'When the ports run out by the forecast; null where that is not foreseen.'),
  earliestAt: about(instantOrNull, 'The beginning of the 90% interval.'),
  latestAt: about(instantOrNull, 'Its end; null with an exhaustsAt: it may never happen.'),
  secondsToExhaustion: z.number().nullable(),
  probability: about(z.number().min(0).max(1).nullable(), 'That of exhaustion within 10 minutes.'),
  pools: about(z.array(pool).max(50), 'The first pools of the incident.'),
  poolCount: about(z.number(), 'All pools of the incident.'),
  processes: about(
    z.array(z.strictObject({ pid: z.number(), name: z.string(), confidence: z.number() })).max(20),
    'Who holds connections of the leading pool, where that is known; confidence is the share, 0 to 1.',
  ),
  remedies: about(
    z.array(
      z.strictObject({
        title: z.string(),
        effect: about(z.string(), 'What the computed effect is; empty where it cannot be computed.'),
        detail: z.string(),
        commands: about(z.array(z.string()), 'To be run in this order.'),
      }),
    ),
    'What to do, the best first.',
  ),
  held: about(
    z.array(z.strictObject({ incidentId: z.string(), kind: z.enum(KINDS), at: instant })).max(50),
    'What a digest names: messages that were held back.',
  ),
  heldCount: z.number(),
  subject: about(z.string(), 'One line for people.'),
  summary: about(z.string(), 'One or two sentences for people.'),
  text: about(z.string(), 'The whole message for people, as it is mailed.'),
  links: z.array(z.strictObject({ rel: z.string(), title: z.string(), url: z.url() })),
});

type Same<A, B> = [A] extends [B] ? ([B] extends [A] ? true : never) : never;
/** Fails to compile where the schema and the type differ. */
export const IS_SAME: Same<z.output<typeof notification>, WireNotification> = true;

/** The text of docs/notification.schema.json. It allows further fields, because some may be added. */
export function renderNotificationSchema(): string {
  const { $schema, ...schema } = z.toJSONSchema(notification, { io: 'input' });
  const head = { $schema, title: 'A message of portcast to a webhook or a command' };
  return `${JSON.stringify({ ...head, ...schema }, openObjects, 2)}\n`;
}

/** Leaves out what would refuse further fields, and the pattern that only repeats a format. */
function openObjects(key: string, value: unknown): unknown {
  return key === 'additionalProperties' || key === 'pattern' ? undefined : value;
}

/** Throws where the document of the message is not as published. */
export function readDocument(message: Pick<OutboxMessage, 'document'>): WireNotification {
  return notification.parse(JSON.parse(requireValue(message.document)));
}
