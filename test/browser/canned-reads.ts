/** The canned answers to what the pages read beside the stream: each file knows its own paths. */
import { answerAdvice } from './canned-advice.js';
import { resolvedAlerts } from './canned-alerts.js';
import { answerChanges } from './canned-changes.js';
import { cannedPoolHistory, cannedPortHistory } from './canned-history.js';
import type { CannedAnswer } from './canned-incident-api.js';
import type { IncidentWorld } from './canned-incidents.js';
import { answerPages } from './canned-pages.js';
import { answerPoolSearch } from './canned-pool-search.js';
import type { Shown } from './canned-pools.js';
import { answerWhatIf } from './canned-what-if.js';

const HISTORY = /^\/api\/v1\/(pools|ports)\/([^/]+)\/history$/;

interface CannedRead {
  readonly scenario: Shown;
  readonly url: URL;
  readonly startMs: number;
  readonly incidents: IncidentWorld;
}

export function answerRead(read: CannedRead): CannedAnswer {
  const { scenario, url, startMs, incidents } = read;
  return (
    answerAlerts(read) ??
    answerWhatIf(incidents, url) ??
    asFound(answerChanges(url, startMs)) ??
    answerPages(scenario, url, startMs) ??
    asFound(answerPoolSearch(scenario, url, startMs)) ??
    answerAdvice(scenario, url, startMs) ??
    answerHistory(read) ?? { status: 404, body: { detail: `there is nothing at "${url.pathname}"` } }
  );
}

function asFound(body: unknown): CannedAnswer | null {
  return body === null ? null : { status: 200, body };
}

function answerAlerts({ scenario, url, startMs }: CannedRead): CannedAnswer | null {
  return url.pathname === '/api/v1/alerts' ? { status: 200, body: resolvedAlerts(scenario, startMs) } : null;
}

function answerHistory({ scenario, url, startMs }: CannedRead): CannedAnswer | null {
  const match = HISTORY.exec(url.pathname);
  if (match === null) return null;
  const number = (name: string): number => Number(url.searchParams.get(name));
  const id = decodeURIComponent(match[2] ?? '');
  const query = { id, fromMs: number('from'), toMs: number('to'), points: number('points') };
  const history =
    match[1] === 'pools'
      ? cannedPoolHistory(scenario, query, startMs)
      : cannedPortHistory(scenario, query, Date.now(), startMs);
  return history === null ? { status: 404, body: { detail: `nothing is stored for '${id}'` } } : asFound(history);
}
