/** Against a real Alertmanager, read by amtool. Needs both (Debian package `prometheus-alertmanager`) and fails without them. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { MINUTE_MS } from '../../daemon/units.js';
import { alertmanagerScene } from '../builders/alertmanager-scene.js';
import { targetOf } from '../builders/http-receiver.js';

const CONFIG = 'route: { receiver: none, group_wait: 1s, group_interval: 1s }\nreceivers: [{ name: none }]\n';

let folder: string;
let url: string;
let server: ChildProcess;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-alertmanager-'));
  writeFileSync(join(folder, 'config.yml'), CONFIG);
  const port = await findFreePort();
  url = `http://127.0.0.1:${port}`;
  server = spawn(
    'prometheus-alertmanager',
    [
      `--config.file=${join(folder, 'config.yml')}`,
      `--storage.path=${folder}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore' },
  );
  const isReady = (): Promise<boolean> =>
    fetch(`${url}/-/ready`).then(
      ({ ok }) => ok,
      () => false,
    );
  await waitUntil(isReady);
});

afterAll(() => {
  server.kill('SIGKILL');
  rmSync(folder, { recursive: true });
});

async function findFreePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function waitUntil(holds: () => Promise<boolean> | boolean): Promise<void> {
  for (let waited = 0; waited < 600; waited++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  throw new Error('the Alertmanager did not come to the expected state within 30 s');
}

interface AmtoolAlert {
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
  readonly startsAt: string;
  readonly endsAt: string;
  readonly fingerprint: string;
}

/** The alerts that are active there. */
function listActive(): AmtoolAlert[] {
  const args = [`--alertmanager.url=${url}`, 'alert', 'query', '--output=json'];
  const { status, stdout, stderr } = spawnSync('amtool', args, { encoding: 'utf8', timeout: 20_000 });
  if (status !== 0) throw new Error(`amtool: ${stderr}`);
  return JSON.parse(stdout) as AmtoolAlert[];
}

const listNames = (): string[] =>
  listActive()
    .map(({ labels }) => `${String(labels['pool'])} ${String(labels['severity'])}`)
    .sort();

it('shows an alert while it is repeated, through a change of severity, until it is over', async () => {
  const played = alertmanagerScene([targetOf(url)]);
  const { scene, clock, health } = played;
  // The Alertmanager has the clock of this host. The scene begins before it, so that its end has passed there.
  const shiftMs = Date.now() - 2 * MINUTE_MS - scene.nowMs();
  const push = async (ms?: number): Promise<void> => {
    scene.step(ms);
    clock.stepWall(scene.nowMs() + shiftMs - clock.wallMs());
    const shifted = scene.incidents().map((incident) => ({
      ...incident,
      resolvedAtMs: incident.resolvedAtMs === null ? null : incident.resolvedAtMs + shiftMs,
      alerts: incident.alerts.map((alert) => ({
        ...alert,
        firingAtMs: alert.firingAtMs + shiftMs,
        resolvedAtMs: alert.resolvedAtMs === null ? null : alert.resolvedAtMs + shiftMs,
      })),
    }));
    played.alertmanager.update(shifted);
    await played.wait(ms ?? 0);
  };

  const warning = scene.fire({ pool: 'p1', rule: 'pressure', severity: 'warning', processes: ['a"b\\n', '{x}'] });
  await push(0);
  expect(health.problems.get('alertmanager')).toBeUndefined();
  expect(listNames()).toEqual(['p1 warning']);
  const [first] = listActive();
  expect(first?.annotations['summary']).toContain('web-1');

  await push(MINUTE_MS);
  expect(listActive()[0]?.fingerprint).toBe(first?.fingerprint);
  expect(listActive()[0]?.startsAt).toBe(first?.startsAt);

  const critical = scene.fire({ pool: 'p1' });
  await push(0);
  expect(listNames()).toEqual(['p1 critical', 'p1 warning']);

  scene.resolve(warning);
  scene.resolve(critical);
  await push(0);
  // The incident is quiet and not over, so both stay.
  expect(listNames()).toEqual(['p1 critical', 'p1 warning']);
  await push(2 * MINUTE_MS);
  await waitUntil(() => listNames().length === 0);
});

it('does not resolve an alert by itself while it is repeated, and does once it is not', async () => {
  // It repeats every 500 ms, so an alert ends 2 s after its last push.
  const played = alertmanagerScene([targetOf(url)], 500);
  played.scene.fire({ pool: 'p2' });
  played.scene.step(0);
  const incidents = played.scene.incidents();
  for (let pushes = 0; pushes < 10; pushes++) {
    played.clock.stepWall(Date.now() - played.clock.wallMs());
    played.alertmanager.update(incidents);
    await played.wait(500);
    await new Promise((resolve) => setTimeout(resolve, 500));
    expect(listNames()).toEqual(['p2 critical']);
  }
  await waitUntil(() => listNames().length === 0);
});
