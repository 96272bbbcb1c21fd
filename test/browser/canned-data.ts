/** Canned samples: what the daemon would send in each scenario. */
import { scoreToWire } from '../../daemon/wire/score.js';
import type { WireHost } from '../../daemon/wire/host.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import type { WirePort } from '../../daemon/wire/port.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import type { WireStatus } from '../../daemon/wire/status.js';
import { NOTHING_SCORED, SCORED } from '../builders/score-summary.js';
import { iso } from '../builders/wire-pool.js';
import { activeAlerts } from './canned-alerts.js';
import { samplePool } from './canned-forecast.js';
import { CAPACITY, HOSTILE, poolModels, SUSTAINABLE, type Shown } from './canned-pools.js';

function host(scenario: Shown, atMs: number): WireHost {
  return {
    name: scenario === 'hostile' ? HOSTILE : 'checkout-web-03',
    sampledAt: iso(atMs),
    source: 'netlink',
    sourceWhy: 'netlink: sock_diag answers with timers for both families',
    range: [32768, 60999],
    reserved: scenario === 'hostile' ? 100 : 0,
    timeWaitSeconds: 60,
    timeWaitAssumed: scenario === 'hostile',
    granularitySeconds: 2.048,
    granularityLearned: scenario !== 'hostile',
    reuse: scenario === 'hostile' ? null : 2,
    reuseDelaySeconds: 1,
    timestamps: true,
    twBuckets: scenario === 'hostile' ? null : 131_072,
    finTimeoutSeconds: 60,
    timeWait: scenario === 'hostile' ? null : 20_412,
    capacity: CAPACITY,
    sustainableRate: SUSTAINABLE,
    noPortWhy: null,
  };
}

function problems(scenario: Shown, startMs: number): WireStatus['problems'] {
  if (scenario === 'degraded') {
    return [
      {
        part: 'store',
        message: 'the database is locked by another process; 14 records wait in memory and are retried',
        since: iso(startMs - 95_000),
      },
    ];
  }
  if (scenario !== 'blind') return [];
  return [
    {
      part: 'source',
      message: 'netlink: recv failed with EPERM; procfs: /proc/net/tcp cannot be read (EACCES)',
      since: iso(startMs - 184_000),
    },
  ];
}

function status(scenario: Shown, atMs: number, startMs: number, pools: WirePool[]): WireStatus {
  const configured = scenario === 'alerts' || scenario === 'steady';
  const dumpAtMs = scenario === 'blind' ? startMs - 184_000 : atMs;
  return {
    version: '0.1.0',
    startedAt: iso(startMs - 86_400_000),
    uptimeSeconds: 86_400 + (atMs - startMs) / 1000,
    health: scenario === 'blind' ? 'blind' : scenario === 'degraded' ? 'degraded' : 'ok',
    problems: problems(scenario, startMs),
    host: host(scenario, dumpAtMs),
    sampling: {
      source: 'netlink',
      sourceWhy: 'netlink: sock_diag answers with timers for both families',
      schedule: '*/2 * * * * *',
      beatSeconds: 2,
      lastDumpAt: iso(dumpAtMs),
      dumpAgeSeconds: (atMs - dumpAtMs) / 1000,
      maxSampleAgeSeconds: 35,
      rows: 20_640,
      dumpCostSeconds: scenario === 'hostile' ? null : 0.0083,
      dumpShare: 0.0041,
      dumpShareBudget: 0.01,
      slowedBecause: scenario === 'many' ? 'Sampling every 5 s to stay within 1% of a core (`sampling.budget`)' : null,
      dumps: 28_110,
      beats: 43_200,
      missedBeats: 0,
      scheduleRestarts: 0,
      glances: 0,
      looks: 0,
    },
    store: {
      path: './data/portcast.db',
      sizeBytes: 48_300_000,
      capBytes: 536_870_912,
      pendingRecords: 3,
      lastFlushAt: iso(atMs - 4_000),
      series: 112,
    },
    incidents: { open: 0, quiet: 0 },
    tracing: {
      on: true,
      why: 'the kernel reports each connect that fails because no port is free',
      failedConnects: 0,
      lost: 0,
    },
    score: scoreToWire(scenario === 'alerts' || scenario === 'bursty' ? SCORED : NOTHING_SCORED),
    channels: configured
      ? [
          {
            name: 'mail',
            target: 'smtp.example.org:587',
            severities: ['critical', 'warning', 'info'],
            pending: 0,
            failed: 0,
            lastSentAt: null,
            lastError: null,
          },
        ]
      : [],
    mail: { configured, recipients: configured ? 2 : 0, pending: 0, failed: 0, lastSentAt: null, lastError: null },
    delivery: [],
    process: { cpuRatio: 0.0062, residentBytes: 92_000_000, eventLoopDelayP99Seconds: 0.0021 },
    worst: pools.slice(0, 5),
    poolCount: scenario === 'many' ? 312 : pools.length,
    alerts: activeAlerts(scenario, startMs, pools),
  };
}

function ports(scenario: Shown, pools: WirePool[]): WirePort[] {
  if (scenario === 'idle') return [port('in', null, 22, { listen: 1, established: 1 })];
  const out = pools.map((pool) =>
    port('out', pool.remoteAddress, pool.remotePort ?? 0, {
      established: pool.live,
      time_wait: pool.timeWait,
      close_wait: pool.closeWait,
    }),
  );
  return [
    ...out,
    port('in', null, 8080, { listen: 1, established: 1_412, time_wait: 3_200, fin_wait2: 41, syn_recv: 6 }),
    port('in', null, 22, { listen: 2, established: 3 }),
  ];
}

function port(
  direction: 'in' | 'out',
  address: string | null,
  number: number,
  states: Record<string, number>,
): WirePort {
  const present = Object.fromEntries(Object.entries(states).filter(([, count]) => count > 0));
  const id =
    direction === 'in' ? `in_host_${number}` : `out_host_${address ?? ''}_${number}`.replace(/[^A-Za-z0-9._]/g, '-');
  return {
    id,
    direction,
    namespace: 'host',
    address,
    port: number,
    states: present,
    total: Object.values(present).reduce((sum, count) => sum + count, 0),
  };
}

export function cannedSample(scenario: Shown, atMs: number, startMs: number): WireSample {
  const dumpAtMs = scenario === 'blind' ? startMs - 184_000 : atMs;
  const pools = poolModels(scenario).map((pool, index) => samplePool(pool, dumpAtMs, startMs, index < 5));
  const shown = pools.slice(0, scenario === 'crowd' ? 500 : 50);
  return { status: status(scenario, atMs, startMs, pools), pools: shown, ports: ports(scenario, shown).slice(0, 100) };
}
