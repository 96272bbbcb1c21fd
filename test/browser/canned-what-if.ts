/** Canned answers of what-ifs over incidents: the real computation on a canned history. */
import { findProblems } from '../../daemon/advice/what-if.js';
import { parsePlanQuery, settingsError } from '../../daemon/api/plan-query.js';
import type { HistoryQuery } from '../../daemon/contracts.js';
import { messageOf } from '../../daemon/errors.js';
import type { History } from '../../daemon/wire/history.js';
import { planIncident, situationsOfIncident } from '../../daemon/wire/plan-incident.js';
import type { IncidentWorld } from './canned-incidents.js';
import { CAPACITY, HOLD_SECONDS } from './canned-pools.js';

const LIVE = 180;
const BUSY_RATE = 620;
const CALM_RATE = 90;

/** Null where the request is none of a what-if over an incident. */
export function answerWhatIf({ incidents }: IncidentWorld, url: URL): { status: number; body: unknown } | null {
  if (url.pathname !== '/api/v1/plan') return null;
  try {
    const { subject, settings } = parsePlanQuery(url.pathname + url.search);
    if (subject.kind !== 'incident') return null;
    const incident = incidents.find(({ id }) => id === subject.id);
    if (incident === undefined) throw new Error(`incident: there is no incident "${subject.id}"`);
    for (const situation of situationsOfIncident({ incident, host: null })) {
      const [problem] = findProblems(situation, settings);
      if (problem !== undefined) throw settingsError(problem);
    }
    const busyFromMs = Date.parse(incident.openedAt) - 30_000;
    const poolHistory = (query: HistoryQuery): History => tellCourse(query, busyFromMs);
    const nowMs = busyFromMs + 600_000;
    return { status: 200, body: planIncident({ incident, settings, host: null, poolHistory, nowMs }) };
  } catch (error) {
    return { status: 400, body: { title: 'Bad Request', detail: messageOf(error) } };
  }
}

/** Three minutes of closes at a rate that fills the pool. While it is full, only what comes free is taken. */
function tellCourse({ fromMs, toMs, points }: HistoryQuery, busyFromMs: number): History {
  const stepMs = Math.max(2000, Math.ceil((toMs - fromMs) / points));
  const t: number[] = [];
  const [used, rates]: [number[], number[]] = [[], []];
  const taken: number[] = [];
  const hold = Math.round((HOLD_SECONDS * 1000) / stepMs);
  for (let atMs = fromMs; atMs < toMs; atMs += stepMs) {
    const isBusy = atMs >= busyFromMs && atMs < busyFromMs + 180_000;
    const rate = isBusy ? BUSY_RATE : CALM_RATE;
    const held =
      taken.slice(-hold + 1).reduce((sum, count) => sum + count, 0) + startedBefore(hold - taken.length - 1, stepMs);
    const closes = Math.min((rate * stepMs) / 1000, CAPACITY - LIVE - held);
    taken.push(closes);
    t.push(atMs);
    used.push(Math.round(LIVE + held + closes));
    rates.push(rate);
  }
  const even = (value: number): number[] => t.map(() => value);
  const pressure = rates.map((rate) => (LIVE + rate * HOLD_SECONDS) / CAPACITY);
  const columns = { used, live: even(LIVE), closeRate: rates, capacity: even(CAPACITY), pressure };
  return { stepMs, t, min: columns, mean: columns, max: columns, outages: [] };
}

function startedBefore(steps: number, stepMs: number): number {
  return Math.max(0, steps) * ((CALM_RATE * stepMs) / 1000);
}
