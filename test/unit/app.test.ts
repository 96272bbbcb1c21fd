import Database from 'better-sqlite3';
import { keepStatements } from '../../daemon/store/database.js';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { afterEach, describe, expect, it } from 'vitest';
import type { WirePools } from '../../daemon/wire/pool.js';
import type { WireStatus } from '../../daemon/wire/status.js';
import { startDaemon, stateFolder, type DaemonProcess, type StateFolder } from '../builders/daemon-process.js';
import { startTraffic } from '../builders/loopback-traffic.js';

let state: StateFolder;
const running: DaemonProcess[] = [];

async function start(yaml?: string): Promise<DaemonProcess> {
  const daemon = await startDaemon(state, yaml);
  running.push(daemon);
  return daemon;
}

async function get<T>(daemon: DaemonProcess, path: string): Promise<T> {
  const response = await fetch(`${daemon.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

afterEach(async () => {
  await Promise.all(running.splice(0).map((daemon) => daemon.stop()));
  state.remove();
});

describe('the daemon as a process', () => {
  it('starts on defaults, says what it found, serves a forecast, and flushes everything on SIGTERM', async () => {
    state = stateFolder();
    const traffic = await startTraffic({ perSecond: 20, count: 100 });
    const daemon = await start();
    expect(daemon.output()).toMatch(/range/i);
    expect(daemon.output()).toMatch(/TIME_WAIT/);
    expect(daemon.output()).toMatch(/closes/);
    expect(daemon.output()).toMatch(/netlink|procfs/);
    expect(daemon.output()).toMatch(/mail/i);

    const id = `connect_host_127.0.0.1_127.0.0.1_${traffic.port}`;
    const used = async (): Promise<string> => {
      const { pools } = await get<WirePools>(daemon, '/api/v1/pools');
      const found = pools.find((pool) => pool.id === id);
      return found !== undefined && found.used > 10
        ? 'there'
        : JSON.stringify(pools.map((pool) => [pool.id, pool.used]));
    };
    await expect.poll(used, { timeout: 15_000, interval: 500 }).toBe('there');
    const status = await get<WireStatus>(daemon, '/api/v1/status');
    expect(status).toMatchObject({ health: 'ok', problems: [], mail: { configured: false } });

    const { code, tookMs } = await daemon.stop();
    await traffic.stop();
    expect(code).toBe(0);
    // The promise of five seconds is a deadline of the product itself, not a benchmark.
    expect(tookMs).toBeLessThan(5000);
    expect(statSync(state.database).mode & 0o777).toBe(0o600);
    const database = keepStatements(new Database(state.database, { readonly: true }));
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    expect(readFileSync(state.database).includes(id)).toBe(true);
  });

  it('keeps history across a restart', async () => {
    state = stateFolder();
    const traffic = await startTraffic({ perSecond: 20, count: 60 });
    const first = await start();
    await new Promise((resolve) => setTimeout(resolve, 6000));
    await first.stop();
    await traffic.stop();
    const second = await start();
    const now = Date.now();
    const path = `/api/v1/pools/connect_host_127.0.0.1_127.0.0.1_${traffic.port}/history`;
    const history = await get<{ t: number[]; mean: { used: (number | null)[] } }>(
      second,
      `${path}?from=${now - 60_000}&to=${now}&points=30`,
    );
    expect(Math.max(...history.mean.used.map((used) => used ?? 0))).toBeGreaterThan(10);
  });

  it('refuses a database that is none, says what to do, and leaves it alone', async () => {
    state = stateFolder();
    const bytes = Buffer.alloc(8192, 'this is not a database ');
    writeFileSync(state.database, bytes);
    await expect(start()).rejects.toThrow(/ended with 1[\s\S]*portcast\.db/);
    expect(readFileSync(state.database).equals(bytes)).toBe(true);
  });

  it('refuses a port that is taken, and names the key that changes it', async () => {
    state = stateFolder();
    const traffic = await startTraffic({ perSecond: 1, count: 1 });
    await expect(start(`http: { port: ${traffic.port} }\n`)).rejects.toThrow(/ended with 1[\s\S]*http\.port/);
    await traffic.stop();
  });
});
