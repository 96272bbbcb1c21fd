/** The built daemon as a process, on this host. */
import Database from 'better-sqlite3';
import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { keepStatements } from '../../daemon/store/database.js';
import type { History } from '../../daemon/wire/history.js';
import type { WirePool, WirePools } from '../../daemon/wire/pool.js';
import type { WireStatus } from '../../daemon/wire/status.js';
import { startDaemon, stateFolder, type DaemonProcess, type StateFolder } from '../builders/daemon-process.js';
import { startTraffic } from '../builders/loopback-traffic.js';

const MINUTE_MS = 60_000;

async function get<T>(daemon: DaemonProcess, path: string): Promise<T> {
  const response = await fetch(`${daemon.url}${path}`);
  expect(response.status).toBe(200);
  return (await response.json()) as T;
}

describe('the daemon on its defaults', () => {
  let state: StateFolder;
  let poolId: string;
  let output: string;
  let pool: WirePool | undefined;
  let status: WireStatus;
  let stopped: { code: number | null };

  /** Runs the daemon until it shows the pool of the traffic, and stops it. The tests look at what it left. */
  beforeAll(async () => {
    state = stateFolder();
    const traffic = await startTraffic({ perSecond: 20, count: 100 });
    poolId = `connect_host_127.0.0.1_127.0.0.1_${traffic.port}`;
    const daemon = await startDaemon(state);
    try {
      const readPool = async (): Promise<void> => {
        const { pools } = await get<WirePools>(daemon, '/api/v1/pools');
        pool = pools.find(({ id }) => id === poolId);
        expect(pool?.used ?? 0).toBeGreaterThan(10);
      };
      await vi.waitFor(readPool, { timeout: 15_000, interval: 200 });
      status = await get<WireStatus>(daemon, '/api/v1/status');
      output = daemon.output();
    } finally {
      stopped = await daemon.stop();
      await traffic.stop();
    }
  }, 40_000);
  afterAll(() => state.remove());

  it('prints the limits of the host, its source and its mail setting at the start', () => {
    expect(output).toMatch(/^source {7}(netlink|procfs)/m);
    expect(output).toMatch(/^range {8}\d+ to \d+/m);
    expect(output).toMatch(/^TIME_WAIT {4}60 to 6\d s/m);
    expect(output).toMatch(/^limit {8}.* closes\/s, per destination$/m);
    expect(output).toMatch(/^mail {9}none/m);
  });

  it('serves the pools and a healthy status', () => {
    expect(pool).toMatchObject({ kind: 'connect', localAddress: '127.0.0.1' });
    expect(status).toMatchObject({ health: 'ok', problems: [], mail: { configured: false } });
  });

  it('exits with 0 after SIGTERM, which it does only when everything was closed within five seconds', () => {
    expect(stopped.code).toBe(0);
  });

  it('leaves an intact database with the pool, which only its owner can read', () => {
    expect(statSync(state.database).mode & 0o777).toBe(0o600);
    const database = keepStatements(new Database(state.database, { readonly: true }));
    expect(database.pragma('integrity_check', { simple: true })).toBe('ok');
    database.close();
    expect(readFileSync(state.database).includes(poolId)).toBe(true);
  });

  it('has the history of the pool after a restart', async () => {
    const daemon = await startDaemon(state);
    try {
      const now = Date.now();
      const path = `/api/v1/pools/${poolId}/history?from=${now - MINUTE_MS}&to=${now}&points=30`;
      const { mean } = await get<History>(daemon, path);
      expect(Math.max(...(mean.used ?? []).map((used) => used ?? 0))).toBeGreaterThan(10);
    } finally {
      await daemon.stop();
    }
  });
});

describe('the daemon refuses to start', () => {
  let state: StateFolder;
  beforeEach(() => {
    state = stateFolder();
  });
  afterEach(() => state.remove());

  it('on a file that was never a database of portcast, names it and leaves it unchanged', async () => {
    const file = join(dirname(state.database), 'notes.txt');
    const bytes = Buffer.alloc(8192, 'this is not a database ');
    writeFileSync(file, bytes);
    await expect(startDaemon(state, `http: { port: 0 }\nstore: { file: ${file} }\n`)).rejects.toThrow(
      /ended with 1[\s\S]*notes\.txt/,
    );
    expect(readFileSync(file).equals(bytes)).toBe(true);
  });

  it('on a port that is in use, and names the key that changes it', async () => {
    const traffic = await startTraffic({ perSecond: 1, count: 1 });
    await expect(startDaemon(state, `http: { port: ${traffic.port} }\n`)).rejects.toThrow(
      /ended with 1[\s\S]*http\.port/,
    );
    await traffic.stop();
  });
});
