/** Silences and the tokens of links as rows: the SQL statements. */
import type { ActionToken } from '../../incident/action.js';
import type { Silence } from '../../incident/silences.js';
import type { Connection } from '../database.js';

/** The newest states of silences and tokens that are written together. */
export interface SilenceStates {
  /** By id. */
  readonly silences: ReadonlyMap<string, Silence>;
  /** By hash. */
  readonly tokens: ReadonlyMap<string, ActionToken>;
}

export interface SilenceRows {
  /** To be called within a transaction. */
  put(states: SilenceStates): void;
  /** Those that have not ended or were deleted for their age, oldest end first. One that cannot be parsed is left out. */
  all(): Silence[];
  /** Null where there is none with this hash. */
  token(hash: string): ActionToken | null;
}

export function prepareSilenceRows(db: Connection): SilenceRows {
  const silences = db.prepare<[], string>('SELECT body FROM silence WHERE json_valid(body) ORDER BY end_at_ms').pluck();
  const token = db.prepare<[string], ActionToken>(
    'SELECT hash, action, incident_id AS incidentId, recipient, expires_at_ms AS expiresAtMs, spent_at_ms AS spentAtMs ' +
      'FROM action_token WHERE hash = ?',
  );
  const putSilence = db.prepare(
    'INSERT INTO silence (id, end_at_ms, body) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET ' +
      'end_at_ms = excluded.end_at_ms, body = excluded.body',
  );
  const putToken = db.prepare(
    'INSERT INTO action_token (hash, action, incident_id, recipient, expires_at_ms, spent_at_ms) VALUES (@hash, @action, ' +
      '@incidentId, @recipient, @expiresAtMs, @spentAtMs) ON CONFLICT (hash) DO UPDATE SET spent_at_ms = excluded.spent_at_ms',
  );
  return {
    put(states) {
      for (const silence of states.silences.values()) {
        putSilence.run(silence.id, Math.round(silence.endAtMs), JSON.stringify(silence));
      }
      for (const { expiresAtMs, spentAtMs, ...rest } of states.tokens.values()) {
        const spent = spentAtMs === null ? null : Math.round(spentAtMs);
        putToken.run({ ...rest, expiresAtMs: Math.round(expiresAtMs), spentAtMs: spent });
      }
    },
    all: () => silences.all().map((body) => JSON.parse(body) as Silence),
    token: (hash) => token.get(hash) ?? null,
  };
}
