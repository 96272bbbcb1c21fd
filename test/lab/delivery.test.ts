/**
 * Messages leave the host while its ports are used up: in every way that the kernel knows, with real sockets, a real SMTP
 * server and a real receiver of HTTP requests in another network namespace.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/paths.js';
import type { WireStatus } from '../../daemon/wire/status.js';
import type { ClientOrder } from '../tools/league/client.js';
import { DELIVERY_SCENES, type DeliveryReport, type DeliveryScene } from './delivery-scenes.js';
import { createLab, labScript, SERVER_ADDRESS, type Lab } from './namespaces.js';

const RANGE: readonly [number, number] = [20_000, 20_099];
const PORTS = ['2525', '8080', '7000'];
const MESSAGES = 20;

function openScene(name: string, onTestFinished: TestContext['onTestFinished']) {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-delivery-'));
  const lab = createLab({ name, range: RANGE });
  onTestFinished(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });
  return { lab, folder };
}

async function run(scene: DeliveryScene, { lab, folder }: ReturnType<typeof openScene>) {
  const server = lab.start('server', [...labScript('lab/delivery-server.ts'), ...PORTS]);
  await server.line(/listening/, 30_000);
  const client = lab.start('client', [...labScript('lab/delivery-client.ts'), scene, folder, SERVER_ADDRESS, ...PORTS]);
  const report = JSON.parse(await client.line(/"before"/, 120_000)) as DeliveryReport;
  const accepted = server.lines
    .filter((line) => line.startsWith('{'))
    .map((line) => JSON.parse(line) as { event: string; fromPort: number });
  return { report, accepted };
}

function describeFigures(figures: readonly number[]): string {
  const sorted = figures.toSorted((a, b) => a - b);
  const [median = NaN, worst = NaN] = [sorted[Math.floor(sorted.length / 2)], sorted.at(-1)];
  return `median ${median.toFixed(0)} ms, worst ${worst.toFixed(0)} ms`;
}

describe('messages are accepted while the ports are used up', () => {
  it.for(DELIVERY_SCENES.map((scene, index) => [scene, index] as const))(
    'by %s',
    async ([scene, index], { expect, onTestFinished }) => {
      const { report, accepted } = await run(scene, openScene(`dv${index}`, onTestFinished));
      console.log(
        `${scene}: new session ${describeFigures(report.cold)}; opened ahead ${describeFigures(report.warm)}; ` +
          `HTTP ${describeFigures(report.http)}; ${report.why}`,
      );
      // A connect without a bind fails all the time, so the messages went another way.
      expect([report.before, report.after]).toEqual(['EADDRNOTAVAIL', 'EADDRNOTAVAIL']);
      expect(accepted.filter(({ event }) => event === 'mail')).toHaveLength(2 * MESSAGES);
      expect(accepted.filter(({ event }) => event === 'post')).toHaveLength(MESSAGES);
      const inRange = accepted.filter(({ fromPort }) => fromPort >= RANGE[0] && fromPort <= RANGE[1]);
      expect(inRange).toEqual([]);
    },
  );
});

describe('a message is not delayed, and delays nothing', () => {
  /** Whatever leaves for other networks vanishes without an answer, names included. */
  const openBlackHole = async (lab: Lab): Promise<void> => {
    const route = lab.start('client', ['ip', 'route', 'add', 'default', 'via', SERVER_ADDRESS]);
    expect(await route.exited).toBe(0);
  };

  it('by a resolver that does not answer, when the address was known before', async ({ expect, onTestFinished }) => {
    const scene = openScene('dvdns', onTestFinished);
    await openBlackHole(scene.lab);
    const { report, accepted } = await run('no resolver', scene);
    console.log(
      `no resolver: new session ${describeFigures(report.cold)}; opened ahead ${describeFigures(report.warm)}`,
    );
    expect(accepted.filter(({ event }) => event === 'mail')).toHaveLength(2 * MESSAGES);
  });

  it('and a mail server that does not answer delays no sample', async ({ expect, onTestFinished }) => {
    const { lab, folder } = openScene('dvhole', onTestFinished);
    await openBlackHole(lab);
    const config = join(folder, 'config.yaml');
    const smtp = 'smtp: { host: 192.0.2.1, port: 25, security: none, timeout: 5s }';
    writeFileSync(config, `mail:\n  ${smtp}\n  from: portcast@example.org\n  to: [ops@example.org]\n`);
    const listener = lab.start('server', [...labScript('tools/league/server.ts'), '7000']);
    await listener.line(/listening/, 30_000);
    const main = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
    const daemon = lab.start('client', [process.execPath, main, 'run', '--config', config], {
      STATE_DIRECTORY: folder,
    });
    await daemon.line(/http:\/\/127\.0\.0\.1:9470/, 30_000);
    const to = { address: SERVER_ADDRESS, port: 7000, by: 'ipv4', bindTo: null, ending: 'close' } as const;
    const order: ClientOrder = { streams: [{ ...to, phases: [{ perSecond: 5, seconds: 30 }] }], lingerSeconds: 0 };
    lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)]);
    await daemon.line(/did not take the connection within 5000 ms/, 90_000);
    const show = "fetch('http://127.0.0.1:9470/api/v1/status').then((r) => r.text()).then(console.log)";
    const reader = lab.start('client', [process.execPath, '-e', show]);
    const status = JSON.parse(await reader.line(/"sampling"/, 30_000)) as WireStatus;
    const { beats, missedBeats, dumps } = status.sampling;
    console.log({ beats, missedBeats, dumps, uptimeSeconds: status.uptimeSeconds, delivery: status.delivery });
    expect(status.mail.pending).toBeGreaterThan(0);
    expect(status.delivery).toMatchObject([{ channel: 'mail', address: '192.0.2.1', localPorts: '19936-19999' }]);
    // A beat every 2 s: had they waited for the server, most would be missing.
    expect(beats).toBeGreaterThan(status.uptimeSeconds / 4);
    expect(dumps).toBeGreaterThan(0);
    expect(await daemon.stop()).toBe(0);
  });
});
