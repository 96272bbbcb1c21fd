/** The API on a free port with canned data, and a raw HTTP client for requests that `fetch` cannot send. */
import { incidentOf, wireIncident } from './wire-incident.js';
import { connect } from 'node:net';
import { expect } from 'vitest';
import type { IncidentCommands } from '../../daemon/incident/commands.js';
import type { ApiData } from '../../daemon/api/data.js';
import { startApi, type Api, type ApiOptions } from '../../daemon/api/server.js';
import type { HostCounters } from '../../daemon/host/counters.js';
import type { WireProblemDetails } from '../../daemon/wire/problem.js';
import { scoreToWire } from '../../daemon/wire/score.js';
import { createTestAuthority } from './accounts.js';
import { fakeClock, fakeLog, type FakeLog } from '../fakes.js';
import { fakeHistory } from './fake-history.js';
import { cannedPages } from './page-documents.js';
import { cannedChanges, cannedSettings } from './wire-changes.js';
import { SCORED } from './score-summary.js';
import {
  CANNED_HISTORY,
  cannedAlert,
  cannedEpisode,
  cannedHost,
  cannedOutage,
  cannedPool,
  cannedPort,
  cannedStatus,
  NOW_MS,
} from './wire-documents.js';

/** Nothing exists that a command could be about. */
const NO_COMMANDS: IncidentCommands = {
  acknowledge: () => null,
  withdraw: () => null,
  comment: () => null,
  listSilences: () => [],
  addSilence: () => expect.unreachable(),
  endSilence: () => null,
  findLink: () => null,
  useLink: () => null,
};

function cannedCounters(): HostCounters {
  return {
    takenAtMs: NOW_MS,
    monotonicMs: 1_000_000,
    inUse: 20,
    orphan: 0,
    timeWait: 745,
    alloc: 30,
    tw: 9000,
    twRecycled: 5,
    twKilled: 0,
    twOverflow: null,
    activeOpens: 9100,
    passiveOpens: 12,
    currEstab: 10,
  };
}

export function cannedData(changes: Partial<ApiData> = {}): ApiData {
  return {
    status: () => cannedStatus(),
    pools: () => ({ host: cannedHost(), pools: [cannedPool()] }),
    ports: () => [cannedPort()],
    alerts: () => [cannedAlert()],
    timeWaitEntered: () => 1234,
    decisions: (alertId) => wireIncident().decisions.filter((decision) => decision.alertId === alertId),
    incidents: ({ state, before, limit }) =>
      [incidentOf(wireIncident())]
        .filter((one) => before === null && [null, one.state].includes(state))
        .slice(0, limit),
    incident: (id) => (id === wireIncident().id ? wireIncident() : null),
    outages: (limit) => [cannedOutage()].slice(0, limit),
    score: (limit) => ({ ...scoreToWire(SCORED), episodes: [cannedEpisode()].slice(0, limit) }),
    history: fakeHistory({ pool: CANNED_HISTORY, port: CANNED_HISTORY }),
    pages: cannedPages(),
    unlistedPorts: () => null,
    changes: ({ incidentId, limit }) =>
      incidentId === null || incidentId === wireIncident().id ? cannedChanges().slice(0, limit) : null,
    incidentChanges: () => cannedChanges(),
    changeCounts: () => ({ setting: 1, behaviour: 1 }),
    settings: () => cannedSettings(),
    advice: { host: () => null, pool: () => null },
    counters: () => cannedCounters(),
    ...changes,
  };
}

export interface TestApi {
  readonly api: Api;
  readonly log: FakeLog;
  /** Fetches a path without following redirects. */
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

export async function startCanned(data: Partial<ApiData> = {}, options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const log = fakeLog();
  const api = await startApi({
    address: '127.0.0.1',
    port: 0,
    dashboardDir: '/nonexistent/dashboard',
    publicUrl: null,
    basePath: '/',
    publicOrigins: [],
    tls: null,
    hostName: 'web-1',
    authority: createTestAuthority(),
    health: { report: () => undefined },
    data: cannedData(data),
    commands: NO_COMMANDS,
    clock: fakeClock(NOW_MS),
    log,
    ...options,
  });
  return { api, log, get: (path, init) => fetch(`${api.url}${path}`, { redirect: 'manual', ...init }) };
}

/** Sends these lines and returns everything that the server sends until it closes the connection. */
export async function exchange(port: number, lines: readonly string[]): Promise<string> {
  return await new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
    let text = '';
    socket.setEncoding('utf8');
    socket.on('data', (chunk: string) => (text += chunk));
    socket.on('close', () => resolve(text));
    socket.on('error', reject);
  });
}

/** Checks that an answer is a well-formed problem (RFC 9457) and returns it. */
export async function problemOf(response: Response): Promise<WireProblemDetails> {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const problem = (await response.json()) as WireProblemDetails;
  expect(Object.keys(problem).sort()).toEqual(['detail', 'status', 'title', 'type']);
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe('about:blank');
  return problem;
}
