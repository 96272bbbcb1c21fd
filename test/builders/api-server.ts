/** Canned documents, a server on a free port, and a raw HTTP client for what no well-behaved client sends. */
import { connect } from 'node:net';
import { startApi, type Api, type ApiOptions } from '../../daemon/api/server.js';
import type { ApiData } from '../../daemon/api/data.js';
import type { History } from '../../daemon/wire/history.js';
import type { HostCounters } from '../../daemon/host/counters.js';
import { scoreToWire, type WireEpisode } from '../../daemon/wire/score.js';
import type { WireAlert } from '../../daemon/wire/alert.js';
import type { WireHost } from '../../daemon/wire/host.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import type { WirePort } from '../../daemon/wire/port.js';
import type { WireProblemDetails } from '../../daemon/wire/problem.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import type { WireStatus } from '../../daemon/wire/status.js';
import { expect } from 'vitest';
import { fakeClock, fakeLog, type FakeLog } from '../fakes.js';
import { SCORED } from './score-summary.js';

export const NOW_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
const NOW = new Date(NOW_MS).toISOString();

export function cannedHost(): WireHost {
  return {
    name: 'web-1',
    sampledAt: NOW,
    source: 'netlink',
    sourceWhy: 'first choice',
    range: [32768, 60999],
    reserved: 0,
    timeWaitSeconds: 60,
    timeWaitAssumed: false,
    granularitySeconds: 2.048,
    granularityLearned: true,
    reuse: 2,
    reuseDelaySeconds: 1,
    timestamps: true,
    twBuckets: 65536,
    finTimeoutSeconds: 60,
    timeWait: 745,
    capacity: 28232,
    sustainableRate: 455.008,
  };
}

export function cannedPool(changes: Partial<WirePool> = {}): WirePool {
  return {
    id: 'connect_host_10.0.0.1_10.0.0.2_443',
    kind: 'connect',
    namespace: 'host',
    family: 'ipv4',
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    capacity: 1000,
    used: 755,
    available: 245,
    reusable: 0,
    live: 10,
    closeWait: 0,
    timeWait: 745,
    holdSeconds: 62.048,
    reuse: 'none',
    closeRate: 12,
    closeRateLow: 11,
    closeRateHigh: 13,
    liveGrowth: 0,
    sustainableRate: 15.955,
    pressure: 0.7546,
    exhaustsAt: null,
    earliestAt: null,
    latestAt: null,
    secondsToExhaustion: null,
    probability: 0.01,
    probabilityIfHeld: null,
    probabilityBasis: 'rate',
    burstsKnown: 0,
    pressureFullAt: null,
    pressureFullEarliestAt: null,
    pressureFullLatestAt: null,
    outlookDays: null,
    outlookWhy: null,
    failedConnects: null,
    failedBy: [],
    mode: 'steady',
    why: '12 closes per second settle at 755 of 1,000 ports',
    processes: [],
    sampledAt: NOW,
    ahead: [],
    ...changes,
  };
}

export function cannedPort(changes: Partial<WirePort> = {}): WirePort {
  return {
    id: 'out_host_10.0.0.2_443',
    direction: 'out',
    namespace: 'host',
    address: '10.0.0.2',
    port: 443,
    states: { established: 10, time_wait: 745 },
    total: 755,
    ...changes,
  };
}

export function cannedAlert(changes: Partial<WireAlert> = {}): WireAlert {
  return {
    id: 'imminent_connect_host_10.0.0.1_10.0.0.2_443_1767614400000',
    rule: 'imminent',
    severity: 'critical',
    state: 'firing',
    mail: true,
    poolId: 'connect_host_10.0.0.1_10.0.0.2_443',
    pendingAt: NOW,
    firingAt: NOW,
    resolvedAt: null,
    lastSeenAt: NOW,
    summary: 'runs out in 40 s',
    pool: null,
    processes: [],
    processesWhy: null,
    ...changes,
  };
}

export function cannedStatus(changes: Partial<WireStatus> = {}): WireStatus {
  return {
    version: '0.1.0',
    startedAt: NOW,
    uptimeSeconds: 60,
    health: 'ok',
    problems: [],
    host: cannedHost(),
    sampling: {
      source: 'netlink',
      sourceWhy: 'first choice',
      schedule: '*/2 * * * * *',
      beatSeconds: 2,
      lastDumpAt: NOW,
      dumpAgeSeconds: 1,
      maxSampleAgeSeconds: 35,
      rows: 755,
      dumpCostSeconds: 0.0005,
      dumpShare: 0.0003,
      dumpShareBudget: 0.01,
      explainSlowness: null,
      dumps: 30,
      beats: 31,
      missedBeats: 1,
      scheduleRestarts: 0,
    },
    store: { path: '/data/p.db', sizeBytes: 4096, capBytes: 8192, pendingRecords: 2, lastFlushAt: NOW, series: 3 },
    tracing: {
      on: true,
      why: 'the kernel tells of each connect that fails for want of a port',
      failedConnects: 0,
      lost: 0,
    },
    score: scoreToWire(SCORED),
    mail: { configured: true, recipients: 1, pending: 1, failed: 0, lastSentAt: null, lastError: null },
    process: { cpuRatio: 0.01, residentBytes: 90_000_000, eventLoopDelayP99Seconds: 0.002 },
    worst: [cannedPool()],
    poolCount: 1,
    alerts: [cannedAlert()],
    ...changes,
  };
}

export function cannedSample(changes: Partial<WireSample> = {}): WireSample {
  return { status: cannedStatus(), pools: [cannedPool()], ports: [cannedPort()], ...changes };
}

export function cannedEpisode(): WireEpisode {
  return {
    poolId: 'connect_host_10.0.0.1_10.0.0.2_443',
    kind: 'shown',
    startedAt: NOW,
    endedAt: NOW,
    failedAt: NOW,
    verdict: 'fulfilled',
    leadSeconds: 41,
    oracle: 1,
  };
}

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

export const CANNED_HISTORY: History = {
  stepMs: 2000,
  t: [NOW_MS - 4000, NOW_MS - 2000],
  min: { used: [1, null] },
  mean: { used: [2, null] },
  max: { used: [3, null] },
};

export function cannedData(changes: Partial<ApiData> = {}): ApiData {
  return {
    status: () => cannedStatus(),
    pools: () => ({ host: cannedHost(), pools: [cannedPool()] }),
    ports: () => [cannedPort()],
    alerts: () => [cannedAlert()],
    score: (limit) => ({ ...scoreToWire(SCORED), episodes: [cannedEpisode()].slice(0, limit) }),
    history: { poolHistory: () => CANNED_HISTORY, portHistory: () => CANNED_HISTORY },
    counters: () => cannedCounters(),
    ...changes,
  };
}

export interface TestApi {
  readonly api: Api;
  readonly log: FakeLog;
  /** A fetch of a path, never following redirects. */
  readonly get: (path: string, init?: RequestInit) => Promise<Response>;
}

export async function startCanned(data: Partial<ApiData> = {}, options: Partial<ApiOptions> = {}): Promise<TestApi> {
  const log = fakeLog();
  const api = await startApi({
    address: '127.0.0.1',
    port: 0,
    dashboardDir: '/nonexistent/dashboard',
    data: cannedData(data),
    clock: fakeClock(NOW_MS),
    log,
    ...options,
  });
  return { api, log, get: (path, init) => fetch(`${api.url}${path}`, { redirect: 'manual', ...init }) };
}

/** Sends these bytes and returns all that comes back until the server closes. */
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

/** The body of an answer that must be a problem, whole and well-formed. */
export async function problemOf(response: Response): Promise<WireProblemDetails> {
  expect(response.headers.get('content-type')).toContain('application/problem+json');
  expect(response.headers.get('cache-control')).toBe('no-store');
  const problem = (await response.json()) as WireProblemDetails;
  expect(Object.keys(problem).sort()).toEqual(['detail', 'status', 'title', 'type']);
  expect(problem.status).toBe(response.status);
  expect(problem.type).toBe('about:blank');
  return problem;
}
