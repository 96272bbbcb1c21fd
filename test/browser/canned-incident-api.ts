/** The routes of incidents on canned data. What a request changes shows in later answers. */
import type { IncidentDetails, Silence } from '../../dashboard/src/state/incident-types.js';
import { iso } from '../builders/wire-pool.js';
import { historyOf } from './canned-history.js';
import { INCIDENT_POOL } from './canned-incident-scenes.js';
import type { IncidentWorld } from './canned-incidents.js';
import { CAPACITY, wave } from './canned-pools.js';

export interface CannedRequest {
  readonly method: string;
  readonly url: URL;
  readonly body: Record<string, unknown>;
}

export interface CannedAnswer {
  readonly status: number;
  readonly body: unknown;
}

/** Later than every instant of a test. */
const FAR_MS = Date.UTC(2200, 0);
const PREFIX = '/api/v1';
const ONE = /^\/incidents\/([^/]+)(\/acknowledge|\/comments)?$/;

/** Null for another route, and for one that a server of an older version does not have. */
export function answerIncidents(world: IncidentWorld, request: CannedRequest): CannedAnswer | null {
  const path = request.url.pathname.slice(PREFIX.length);
  if (path === '/incidents') return listIncidents(world, request.url.searchParams);
  if (path === `/pools/${INCIDENT_POOL}/history`) return tellHistory(world, request.url.searchParams);
  if (path === '/outages') return ok(world.outages);
  const [, id, action] = ONE.exec(path) ?? [];
  if (id !== undefined && (action === undefined || world.isNew)) {
    return changeIncident(world, decodeURIComponent(id), { ...request, action });
  }
  if (!world.isNew) return null;
  if (path === '/silences') return request.method === 'POST' ? addSilence(world, request.body) : ok(world.silences);
  if (path.startsWith('/silences/')) return endSilence(world, path.slice('/silences/'.length));
  return path === '/alerts/test' ? ok({ results: world.testResults }) : null;
}

/** Use climbs to the limit after the incident began, and falls again where it is over. Null without an incident. */
function tellHistory({ incidents: [incident], outages }: IncidentWorld, query: URLSearchParams): CannedAnswer | null {
  if (incident === undefined) return null;
  const openedMs = Date.parse(incident.openedAt);
  const endMs = Date.parse(incident.quietSince ?? incident.resolvedAt ?? iso(FAR_MS));
  const number = (name: string): number => Number(query.get(name));
  const asked = { id: INCIDENT_POOL, fromMs: number('from'), toMs: number('to'), points: number('points') };
  const history = historyOf(asked, (t) => {
    const climbed = 16_000 + Math.max(0, t - openedMs + 60_000) * 0.045;
    const fallen = Math.max(0, t - endMs + 60_000) * 0.3;
    const used = Math.max(2_300, Math.min(CAPACITY, climbed) - fallen) * wave(t / 1000, 41, 0.01);
    return { used: Math.min(CAPACITY, used), capacity: CAPACITY };
  });
  return ok({ ...history, outages });
}

function listIncidents({ incidents, isNew }: IncidentWorld, query: URLSearchParams): CannedAnswer {
  if (!isNew && (query.has('state') || query.has('before')))
    return problem(400, 'unknown parameter "state"; allowed: limit');
  const before = query.get('before');
  const from = before === null ? 0 : incidents.findIndex(({ id }) => id === before) + 1;
  const state = query.get('state');
  const listed = incidents.slice(from).filter((one) => state === null || one.state === state);
  return ok(listed.slice(0, Number(query.get('limit') ?? 100)));
}

function changeIncident(
  { incidents }: IncidentWorld,
  id: string,
  { method, body, action }: CannedRequest & { action: string | undefined },
): CannedAnswer {
  const index = incidents.findIndex((one) => one.id === id);
  const incident = incidents[index];
  if (incident === undefined) return problem(404, `there is no incident "${id}"`);
  const put = (changes: Partial<IncidentDetails>): CannedAnswer => {
    incidents[index] = { ...incident, ...changes };
    return ok(incidents[index]);
  };
  const author = typeof body['author'] === 'string' ? body['author'] : null;
  const at = iso(Date.now());
  if (action === '/comments') {
    if (body['text'] === 'refuse me') return problem(400, 'text is "refuse me"; allowed: something else');
    return put({ comments: [...(incident.comments ?? []), { at, author, text: readText(body, 'text') }] });
  }
  if (action === undefined) return ok(incident);
  if (method === 'DELETE') return put({ acknowledgement: null });
  return put({ acknowledgement: { at, author, comment: readText(body, 'comment') } });
}

function addSilence(world: IncidentWorld, body: Record<string, unknown>): CannedAnswer {
  const nowMs = Date.now();
  const silence: Silence = {
    id: `silence_${nowMs}`,
    state: 'active',
    matchers: body['matchers'] as Silence['matchers'],
    beginAt: iso(nowMs),
    endAt: iso(nowMs + Number(body['durationSeconds']) * 1000),
    author: typeof body['author'] === 'string' ? body['author'] : null,
    comment: readText(body, 'comment'),
  };
  world.silences.unshift(silence);
  const [incident] = world.incidents;
  if (incident !== undefined) world.incidents[0] = { ...incident, silencedBy: silence.id };
  return { status: 201, body: silence };
}

function endSilence(world: IncidentWorld, id: string): CannedAnswer {
  const index = world.silences.findIndex((silence) => silence.id === id);
  const silence = world.silences[index];
  if (silence === undefined) return problem(404, `there is no silence "${id}"`);
  world.silences[index] = { ...silence, state: 'expired', endAt: iso(Date.now()) };
  world.incidents.forEach((incident, at) => {
    if (incident.silencedBy === id) world.incidents[at] = { ...incident, silencedBy: null };
  });
  return ok(world.silences[index]);
}

function readText(body: Record<string, unknown>, name: string): string {
  const text = body[name];
  return typeof text === 'string' ? text : '';
}

function ok(body: unknown): CannedAnswer {
  return { status: 200, body };
}

function problem(status: number, detail: string): CannedAnswer {
  return { status, body: { type: 'about:blank', title: '', status, detail } };
}
