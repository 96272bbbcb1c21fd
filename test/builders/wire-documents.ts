/** The documents of the API, each with plausible values; a test passes the fields that matter to it. */
import type { WireAlert } from '../../daemon/wire/alert.js';
import type { History } from '../../daemon/wire/history.js';
import type { WireHost } from '../../daemon/wire/host.js';
import { outageToWire, type WireOutage } from '../../daemon/wire/outage.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import type { WirePort } from '../../daemon/wire/port.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import { scoreToWire, type WireEpisode } from '../../daemon/wire/score.js';
import type { WireStatus } from '../../daemon/wire/status.js';
import { createOutage } from './outage.js';
import { SCORED } from './score-summary.js';
import { wirePool } from './wire-pool.js';

export const NOW_MS = Date.UTC(2026, 0, 5, 12, 0, 0);
const NOW = new Date(NOW_MS).toISOString();

export const CANNED_HISTORY: History = {
  stepMs: 2000,
  t: [NOW_MS - 4000, NOW_MS - 2000],
  min: { used: [1, null] },
  mean: { used: [2, null] },
  max: { used: [3, null] },
};

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
    noPortWhy: null,
  };
}

export function cannedPool(changes: Partial<WirePool> = {}): WirePool {
  return wirePool({
    capacity: 1000,
    used: 755,
    available: 245,
    live: 10,
    timeWait: 745,
    closeRate: 12,
    closeRateLow: 11,
    closeRateHigh: 13,
    sustainableRate: 15.955,
    pressure: 0.7546,
    probability: 0.01,
    why: '12 closes per second settle at 755 of 1,000 ports',
    sampledAt: NOW,
    ...changes,
  });
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

export function cannedOutage(changes: Partial<WireOutage> = {}): WireOutage {
  return { ...outageToWire(createOutage()), ...changes };
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
    outages: [],
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
      slowedBecause: null,
      dumps: 30,
      beats: 31,
      missedBeats: 1,
      scheduleRestarts: 0,
      glances: 0,
      looks: 0,
    },
    store: { path: '/data/p.db', sizeBytes: 4096, capBytes: 8192, pendingRecords: 2, lastFlushAt: NOW, series: 3 },
    incidents: { open: 0, quiet: 0 },
    tracing: {
      on: true,
      why: 'the kernel reports every connect that fails because no local port is left',
      failedConnects: 0,
      lost: 0,
    },
    score: scoreToWire(SCORED),
    channels: [],
    mail: { configured: true, recipients: 1, pending: 1, failed: 0, lastSentAt: null, lastError: null },
    delivery: [
      {
        channel: 'mail',
        server: 'smtp.example.org:587',
        lastTestAt: NOW,
        lastTestOk: true,
        lastTestError: null,
        lastSentAt: null,
        address: '192.0.2.25',
        addressAgeSeconds: 30,
        localPorts: '32704-32767',
        why: '32704-32767, below the ephemeral range 32768-60999',
      },
    ],
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
