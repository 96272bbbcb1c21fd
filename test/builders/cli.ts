/** What the tests of the commands share: captured output, and a host with pools to talk about. */
import type { CliIo } from '../../daemon/cli/context.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { hostToWire, type WireHost } from '../../daemon/wire/host.js';
import { poolToWire, type WirePool } from '../../daemon/wire/pool.js';

export interface TestIo extends CliIo {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly abort: () => void;
}

export function testIo(options: { env?: Record<string, string>; cwd?: string } = {}): TestIo {
  let stdout = '';
  let stderr = '';
  const controller = new AbortController();
  return {
    out: (text) => {
      stdout += text;
    },
    err: (text) => {
      stderr += text;
    },
    env: options.env ?? {},
    cwd: options.cwd ?? '/nonexistent',
    signal: controller.signal,
    stdout: () => stdout,
    stderr: () => stderr,
    abort: () => controller.abort(),
  };
}

const AT_MS = Date.UTC(2026, 0, 5, 12, 0, 0);

export function wireHost(): WireHost {
  return hostToWire({
    name: 'web-1',
    sampledAtMs: AT_MS,
    source: { name: 'netlink', why: 'the fastest, and it works here' },
    limits: {
      range: { first: 32768, last: 60999 },
      reservedPorts: [{ first: 40000, last: 40009 }],
      twReuse: 2,
      twReuseDelayMs: 1000,
      timestamps: true,
      maxTwBuckets: 131072,
      finTimeoutMs: 60_000,
      timeWaitMs: 60_000,
      timeWaitAssumed: false,
    },
    granularity: { hz: 250, timeWaitMs: 2048, phaseMs: null, learned: false },
    counters: null,
    capacity: 28_222,
    holdMs: 62_048,
  });
}

const QUIET: PoolForecast = {
  id: 'connect_host_10.0.0.1_10.0.0.2_443',
  kind: 'connect',
  namespace: 'host',
  family: 'ipv4',
  localAddress: '10.0.0.1',
  remoteAddress: '10.0.0.2',
  remotePort: 443,
  sampledAtMs: AT_MS,
  capacity: 1000,
  used: 20,
  reusable: 0,
  available: 980,
  live: 20,
  closeWait: 0,
  timeWait: 0,
  holdMs: 62_048,
  reuse: 'none',
  closeRate: 0,
  closeRateLow: 0,
  closeRateHigh: 0.05,
  liveGrowth: 0,
  sustainableRate: 15.79,
  pressure: 0.02,
  exhaustsAtMs: null,
  earliestAtMs: null,
  latestAtMs: null,
  probability: 0,
  probabilityIfHeld: null,
  probabilityBasis: 'rate',
  burstsKnown: 0,
  pressureFullAtMs: null,
  pressureFullEarliestAtMs: null,
  pressureFullLatestAtMs: null,
  outlookDays: null,
  outlookWhy: null,
  failedConnects: null,
  mode: 'idle',
  why: '20 connections are open and none is closed by this side.',
  ahead: [],
};

export function wirePool(changes: Partial<PoolForecast> = {}): WirePool {
  return poolToWire({ ...QUIET, ...changes });
}

/** A pool that runs out in `seconds`. */
export function churningPool(seconds: number, changes: Partial<PoolForecast> = {}): WirePool {
  return wirePool({
    used: 600,
    available: 400,
    timeWait: 580,
    closeRate: 25,
    pressure: 1.57,
    exhaustsAtMs: AT_MS + seconds * 1000,
    earliestAtMs: AT_MS + seconds * 900,
    latestAtMs: AT_MS + seconds * 1200,
    probability: 0.99,
    mode: 'churn',
    why: '25 closes per second are more than the 15.8 that 1,000 ports sustain.',
    ...changes,
  });
}
