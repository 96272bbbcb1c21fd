/** What was sent of an incident, as the outbox has it: the SQL statement. */
import type { Connection } from '../database.js';

/** `cancelled`: another channel accepted the message before this one. The check of the column `status` allows no further value. */
export const STATUS = "CASE WHEN is_cancelled = 1 THEN 'cancelled' ELSE status END";

/** One message to one recipient, without its content. */
export interface Delivery {
  readonly messageId: string;
  readonly recipient: string;
  readonly status: 'waiting' | 'sent' | 'failed' | 'cancelled';
  readonly createdAtMs: number;
  readonly attempts: number;
  readonly attemptedAtMs: number | null;
  readonly lastError: string | null;
}

/** The returned function reads the newest messages about an incident, newest first. */
export function prepareDeliveryRows(db: Connection): (incidentId: string, limit: number) => Delivery[] {
  const ofIncident = db.prepare<[string, number], Delivery>(
    'SELECT message_id AS messageId, recipient, ' +
      `${STATUS} AS status, ` +
      'created_at_ms AS createdAtMs, attempts, ' +
      'attempted_at_ms AS attemptedAtMs, last_error AS lastError FROM outbox WHERE incident_id = ? ' +
      'ORDER BY created_at_ms DESC, id DESC LIMIT ?',
  );
  return (incidentId, limit) => ofIncident.all(incidentId, limit);
}

/** The stored messages in their newest state, with those that are not written yet. */
export function mergeDeliveries(
  stored: readonly Delivery[],
  unwritten: Iterable<Delivery & { readonly incidentId?: string | null }>,
  { incidentId, limit }: { incidentId: string; limit: number },
): Delivery[] {
  const merged = new Map(stored.map((delivery) => [delivery.messageId, delivery]));
  for (const mail of unwritten) if (mail.incidentId === incidentId) merged.set(mail.messageId, mail);
  return [...merged.values()].sort((a, b) => b.createdAtMs - a.createdAtMs).slice(0, limit);
}
