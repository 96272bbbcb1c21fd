/** The links in messages by which their readers acknowledge or silence an incident: they are issued here, and found again. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';
import { ACTIONS, LINK_LIFE_MS, type Action, type ActionToken } from '../incident/action.js';
import type { IssuedLinks, SilenceStore } from '../notify-contracts.js';

const TOKEN_BYTES = 32;
/** So many bytes in base64url. */
const TOKEN = /^[\w-]{43}$/;
const SILENCE_LABELS: Readonly<Record<Exclude<Action, 'acknowledge'>, string>> = {
  'silence-1h': 'Silence for 1 h',
  'silence-8h': 'Silence for 8 h',
};

/** New links for one message. The result is for that message only: the tokens cannot be found out from what is stored. */
export function issueLinks(
  publicUrl: string,
  { incidentId, recipient, nowMs }: { readonly incidentId: string; readonly recipient: string; readonly nowMs: number },
): IssuedLinks {
  const base = publicUrl.replace(/\/*$/, '');
  const expiresAtMs = nowMs + LINK_LIFE_MS;
  const issued = ACTIONS.map((action) => {
    const text = randomBytes(TOKEN_BYTES).toString('base64url');
    const token: ActionToken = { hash: hashToken(text), action, incidentId, recipient, expiresAtMs, spentAtMs: null };
    return { action, url: `${base}/act/${text}`, token };
  });
  return {
    acknowledge: issued.find(({ action }) => action === 'acknowledge')?.url ?? '',
    silence: issued.flatMap(({ action, url }) =>
      action === 'acknowledge' ? [] : [{ label: SILENCE_LABELS[action], url }],
    ),
    tokens: issued.map(({ token }) => token),
  };
}

/** What the token of a link may do; null for one that was never issued. Raises STORE_* where that cannot be read now. */
export function findToken(store: SilenceStore, text: string): ActionToken | null {
  if (!TOKEN.test(text)) return null;
  const hash = hashToken(text);
  const found = store.findActionToken(hash);
  // The database finds the hash of a random token: how long that takes says nothing of the token. The comparison is made
  // once more in constant time, so that nothing depends on how the database compares.
  return found !== null && timingSafeEqual(Buffer.from(found.hash), Buffer.from(hash)) ? found : null;
}

function hashToken(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
