/** The figures of each channel, as the outbox has them: the SQL statements. They run once a second. */
import { CHANNEL_NAMES, type ChannelName } from '../../incident/recipients.js';
import { TRIALS } from '../../incident/trial-id.js';
import type { OutboxSummary } from '../../notify-contracts.js';
import type { Connection } from '../database.js';

/** See channelOf in incident/recipients.ts. */
const OTHERS_THAN_MAIL = CHANNEL_NAMES.filter((name) => name !== 'mail').map((name) => `'${name}'`);

/** See isTrialId in incident/trial-id.ts. */
const COUNTED = TRIALS.map((trial) => `message_id NOT GLOB '${trial}-*'`).join(' AND ');

/** Their columns are those of the index outbox_figures: the texts of a message reach into pages of their own. */
const FIGURES =
  "count(*) FILTER (WHERE status = 'waiting') AS pending, " +
  "count(*) FILTER (WHERE status = 'failed' AND is_cancelled = 0) AS failed, " +
  "max(attempted_at_ms) FILTER (WHERE status = 'sent') AS lastSentAtMs, " +
  'max(attempted_at_ms) FILTER (WHERE is_cancelled = 0) AS lastAttemptAtMs';

interface Figures extends Omit<OutboxSummary, 'lastError'> {
  readonly lastAttemptAtMs: number | null;
}

const NO_MESSAGES: OutboxSummary = { pending: 0, failed: 0, lastSentAtMs: null, lastError: null };

export function prepareFigureRows(db: Connection): (channel: ChannelName) => OutboxSummary {
  const channels = new Map(CHANNEL_NAMES.map((channel) => [channel, prepareChannel(db, channel)]));
  return (channel) => channels.get(channel)?.() ?? NO_MESSAGES;
}

function prepareChannel(db: Connection, channel: ChannelName): () => OutboxSummary {
  const isOfChannel =
    channel === 'mail' ? `recipient NOT IN (${OTHERS_THAN_MAIL.join(', ')})` : `recipient = '${channel}'`;
  const figures = db.prepare<[], Figures>(`SELECT ${FIGURES} FROM outbox WHERE ${isOfChannel} AND ${COUNTED}`);
  const attempt = db.prepare<[number], { status: string; lastError: string | null }>(
    'SELECT status, last_error AS lastError FROM outbox ' +
      `WHERE attempted_at_ms = ? AND is_cancelled = 0 AND ${isOfChannel} AND ${COUNTED} ORDER BY id DESC LIMIT 1`,
  );
  return () => {
    const { lastAttemptAtMs, ...counted } = figures.get() ?? { ...NO_MESSAGES, lastAttemptAtMs: null };
    const last = lastAttemptAtMs === null ? undefined : attempt.get(lastAttemptAtMs);
    return { ...counted, lastError: last?.status === 'sent' ? null : (last?.lastError ?? null) };
  };
}
