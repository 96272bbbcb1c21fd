/** For tests of the commands: captured output, a host, and its pools. */
import type { CliIo } from '../../daemon/cli/context.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { SECOND_MS } from '../../daemon/units.js';
import { hostToWire, type WireHost } from '../../daemon/wire/host.js';
import { poolToWire, type WirePool } from '../../daemon/wire/pool.js';
import type { Source } from '../../daemon/source/worker/supervisor.js';
import type { FakeHost } from '../fakes.js';
import { calmForecast } from './forecasts.js';

const AT_MS = Date.UTC(2026, 0, 5, 12, 0, 0);

export interface TestIo extends CliIo {
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly abort: () => void;
}

export function testIo(options: { env?: Record<string, string>; cwd?: string; isTerminal?: boolean } = {}): TestIo {
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
    isTerminal: { out: options.isTerminal === true, err: options.isTerminal === true },
    signal: controller.signal,
    stdout: () => stdout,
    stderr: () => stderr,
    abort: () => controller.abort(),
  };
}

/** A source that reads a fake host. */
export function fakeSource(host: FakeHost): Source & { stops: number } {
  const source = {
    ...host,
    choice: { name: 'procfs', why: 'fake' } as const,
    readTable: () => host.readTable(),
    readHost: () => host.readHost(),
    stops: 0,
    stop() {
      source.stops += 1;
      return Promise.resolve();
    },
  };
  return source;
}

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
      synRetries: 6,
      synLinearTimeouts: 4,
      orphanRetries: 0,
    },
    granularity: { hz: 250, timeWaitMs: 2048, phaseMs: null, learned: false },
    counters: null,
    capacity: 28_222,
    holdMs: 62_048,
    noPortWhy: null,
  });
}

/** A pool with 20 open connections and no closes, as the JSON has it. */
export function wirePool(changes: Partial<PoolForecast> = {}): WirePool {
  const idle = calmForecast({
    sampledAtMs: AT_MS,
    used: 20,
    available: 980,
    live: 20,
    timeWait: 0,
    closeRate: 0,
    closeRateLow: 0,
    closeRateHigh: 0.05,
    sustainableRate: 15.79,
    pressure: 0.02,
    mode: 'idle',
    why: '20 connections are open and none is closed by this side.',
  });
  return poolToWire({ ...idle, ...changes });
}

/** A pool that is forecast to run out in `seconds`. */
export function churningPool(seconds: number, changes: Partial<PoolForecast> = {}): WirePool {
  return wirePool({
    used: 600,
    available: 400,
    timeWait: 580,
    closeRate: 25,
    pressure: 1.57,
    exhaustsAtMs: AT_MS + seconds * SECOND_MS,
    earliestAtMs: AT_MS + seconds * 900,
    latestAtMs: AT_MS + seconds * 1200,
    probability: 0.99,
    mode: 'churn',
    why: '25 closes per second are more than the 15.8 that 1,000 ports sustain.',
    ...changes,
  });
}
