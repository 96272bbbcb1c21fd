/** What the answer to a message means. */
import type { SendOutcome } from '../../notify-contracts.js';
import { SECOND_MS } from '../../units.js';
import { showServer, type HttpAnswer, type HttpTarget } from './request.js';

/**
 * The body cannot become right by itself, so another attempt would fail as well. Every other refusal can be mended at the other
 * side or in the configuration (a key that expired, an address that moved, a proxy), so the message is tried for a week.
 */
const REFUSED_FOR_GOOD: readonly number[] = [400, 413, 422];
const CHANGE_IT = 'redirects are not followed: set the URL that it leads to';

export function judgeAnswer(answer: HttpAnswer, target: HttpTarget): SendOutcome {
  if (!answer.ok) return { ok: false, retry: true, error: answer.error };
  const { status, body } = answer;
  const words = body === '' ? String(status) : `${status} ${body}`;
  if (status >= 200 && status < 300) return { ok: true, response: words };
  const server = showServer(target);
  if (status >= 300 && status < 400) {
    return { ok: false, retry: true, error: `${server} redirects${nameTarget(answer.location, target)}; ${CHANGE_IT}` };
  }
  const retry = !REFUSED_FOR_GOOD.includes(status);
  const retryAfterMs = readRetryAfter(answer.retryAfter);
  const asked = retryAfterMs === null ? {} : { retryAfterMs };
  return { ok: false, retry, error: `${server} answered ${words}`, ...(retry ? asked : { refused: 'message' }) };
}

/** ` to https://example.org`: the path may be secret. */
function nameTarget(location: string | undefined, { url }: HttpTarget): string {
  if (location === undefined || !URL.canParse(location, url.href)) return '';
  const { origin } = new URL(location, url);
  return origin === 'null' ? '' : origin === url.origin ? ' to another path' : ` to ${origin}`;
}

/** In seconds (RFC 9110, 10.2.3); a date would depend on two clocks. */
function readRetryAfter(value: string | undefined): number | null {
  return value !== undefined && /^\d{1,9}$/.test(value) ? Number(value) * SECOND_MS : null;
}
