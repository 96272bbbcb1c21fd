/**
 * Clients that call bind(0) before connect(), on real sockets with a range of 100 ports: batches on loopback, where
 * tcp_tw_reuse would help a plain connect(), and binds to the wildcard address from two local addresses. The truth is
 * the client's errno.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it, type TestContext } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/paths.js';
import type { ClientEvent, ClientOrder } from '../tools/league/client.js';
import type { Phase, Stream } from '../tools/league/traffic.js';
import { requireValue } from '../builders/require-value.js';
import { createLab, labScript, SERVER_ADDRESS } from './namespaces.js';
import type { PoolSighting } from './pool-watch.js';

const RANGE: readonly [number, number] = [20_000, 20_099];
const LISTEN_PORT = 7000;
const START_TIMEOUT_MS = 60_000;
const LATE_MS = 15_000;

const streamOf = (address: string, bindTo: string, phases: readonly Phase[]): Stream => ({
  address,
  port: LISTEN_PORT,
  by: 'ipv4',
  bindTo,
  ending: 'close',
  phases,
});

/** Runs the clients beside a daemon. @returns the first refused call, and what the daemon showed up to an alert of the exhausted pool */
async function runScene(
  scene: { name: string; reuse: '0' | '2'; streams: readonly Stream[]; poolId: string },
  onTestFinished: TestContext['onTestFinished'],
) {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-lab-'));
  const lab = createLab({ name: scene.name, range: RANGE, sysctls: { tcp_tw_reuse: scene.reuse } });
  onTestFinished(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const listeners = (['client', 'server'] as const).map((side) =>
    lab.start(side, [...labScript('tools/league/server.ts'), String(LISTEN_PORT)]),
  );
  await Promise.all(listeners.map((listener) => listener.line(/listening/, START_TIMEOUT_MS)));
  const main = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
  const daemon = lab.start('client', [process.execPath, main, 'run'], { STATE_DIRECTORY: folder });
  const line = await daemon.line(/http:\/\/127\.0\.0\.1:\d+/, START_TIMEOUT_MS);
  const url = /http:\/\/127\.0\.0\.1:\d+/.exec(line)?.[0] ?? '';
  const watch = lab.start('client', [...labScript('lab/pool-watch.ts'), url, '30000']);
  await watch.line(/"pools"/, START_TIMEOUT_MS);
  const order: ClientOrder = { streams: scene.streams, lingerSeconds: 5 };
  const client = lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)]);
  const failed = JSON.parse(await client.line(/"failed"|"ended"/, 2 * START_TIMEOUT_MS)) as ClientEvent;
  await watch.line(new RegExp(`"mode":"exhausted".*"poolId":"${scene.poolId}","firingAt":"`), LATE_MS);
  const sightings = watch.lines.map((text) => JSON.parse(text) as PoolSighting);
  const firedAtMs = sightings
    .flatMap(({ alerts }) => alerts)
    .flatMap(({ poolId, firingAt }) => (poolId === scene.poolId && firingAt !== null ? [Date.parse(firingAt)] : []));
  return { failed, sightings, firedAtMs: Math.min(...firedAtMs) };
}

describe.concurrent('clients that bind first, 100 ports', () => {
  it('in batches of 70 on loopback: exhausted without reuse at the first samples after the failure', async ({
    expect,
    onTestFinished,
  }) => {
    const batch: Phase = { burst: 70, perSecond: 0, seconds: 6 };
    const streams = [streamOf('127.0.0.1', '127.32.0.1', [batch, batch, batch])];
    const poolId = 'bind_host_127.32.0.1';
    const scene = { name: 'bindb', reuse: '2', streams, poolId } as const;
    const { failed, sightings, firedAtMs } = await runScene(scene, onTestFinished);
    expect(failed).toMatchObject({ event: 'failed', syscall: 'bind', code: 'EADDRINUSE' });
    const full = requireValue(sightings.find(({ pools }) => pools.some(({ mode }) => mode === 'exhausted')));
    const [seenMs, alertMs] = [full.atMs - failed.atMs, firedAtMs - failed.atMs];
    console.log(`batches: exhausted seen ${seenMs} ms after the first failed bind(), alert after ${alertMs} ms`);
    expect(full.pools).toMatchObject([{ id: poolId, reuse: 'none', capacity: 100, used: 100 }]);
    // Two beats of sampling, and a busy machine.
    expect(seenMs).toBeLessThan(6000);
    expect(alertMs).toBeLessThan(6000);
  });

  it('to 0.0.0.0, by way of two local addresses: one pool, warned of long before bind() fails', async ({
    expect,
    onTestFinished,
  }) => {
    const steady: Phase = { perSecond: 1, seconds: 58 };
    const streams = [streamOf(SERVER_ADDRESS, '0.0.0.0', [steady]), streamOf('127.0.0.1', '0.0.0.0', [steady])];
    const poolId = 'bind_host_0.0.0.0';
    const scene = { name: 'bindw', reuse: '0', streams, poolId } as const;
    const { failed, sightings, firedAtMs } = await runScene(scene, onTestFinished);
    expect(failed).toMatchObject({ event: 'failed', syscall: 'bind', code: 'EADDRINUSE' });
    const leadMs = failed.atMs - firedAtMs;
    const before = sightings.filter(({ atMs }) => atMs < failed.atMs).at(-1);
    console.log(`wildcard: bind() failed after ${failed.afterMs} ms, alert ${leadMs} ms before`, before?.pools);
    expect(leadMs).toBeGreaterThan(15_000);
    expect(before?.pools).toMatchObject([{ id: poolId, capacity: 100 }]);
  });
});
