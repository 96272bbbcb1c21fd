/** What a change of the host does to a pool, on real sockets: the range is doubled under load. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, it, onTestFinished } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/paths.js';
import type { WireChange } from '../../daemon/wire/change.js';
import type { ClientOrder } from '../tools/league/client.js';
import { createLab, labScript, SERVER_ADDRESS } from './namespaces.js';

const RANGE: readonly [number, number] = [20_000, 20_999];
const WIDER = '20000 21999';
const LISTEN_PORT = 7000;
const PER_SECOND = 12;
/** Longer than TIME_WAIT, so that the pool has settled. */
const BEFORE_MS = 80_000;
const MAIN = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');

it('shows the ports in use before and after the range is doubled', { timeout: 400_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-lab-'));
  const lab = createLab({ name: 'change', range: RANGE });
  onTestFinished(async () => {
    await lab.close();
    rmSync(folder, { recursive: true, force: true });
  });
  const portcast = (...args: string[]) =>
    lab.start('client', [process.execPath, MAIN, ...args], { STATE_DIRECTORY: folder });
  const listener = lab.start('server', [...labScript('tools/league/server.ts'), String(LISTEN_PORT)]);
  await listener.line(/listening/, 30_000);
  const daemon = portcast('run');
  await daemon.line(/http:\/\/127\.0\.0\.1:9470/, 30_000);
  const to = { address: SERVER_ADDRESS, port: LISTEN_PORT, by: 'ipv4', bindTo: null, ending: 'close' } as const;
  const order: ClientOrder = {
    streams: [{ ...to, phases: [{ perSecond: PER_SECOND, seconds: 340 }] }],
    lingerSeconds: 0,
  };
  lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)]);
  // On a busy machine the client begins late.
  const isListed = async (): Promise<boolean> => {
    const command = portcast('forecast', '--json');
    await command.exited;
    return command.lines.join('').includes(`"remotePort": ${LISTEN_PORT}`);
  };
  await expect.poll(isListed, { timeout: 60_000, interval: 1000 }).toBe(true);
  await sleep(BEFORE_MS);
  const set = lab.start('client', ['sh', '-c', `echo ${WIDER} > /proc/sys/net/ipv4/ip_local_port_range`]);
  expect(await set.exited).toBe(0);

  const readChanges = async (): Promise<WireChange[]> => {
    const command = portcast('changes', '--json');
    expect(await command.exited).toBe(0);
    return JSON.parse(command.lines.join('\n')) as WireChange[];
  };
  await expect.poll(async () => (await readChanges()).length, { timeout: 30_000, interval: 2000 }).toBe(1);
  const isMeasured = async (): Promise<boolean> => ((await readChanges())[0]?.afterSeenSeconds ?? 0) >= 20;
  await expect.poll(isMeasured, { timeout: 150_000, interval: 5000 }).toBe(true);

  const [change] = await readChanges();
  console.log(change?.text);
  expect(change).toMatchObject({ kind: 'setting', notBefore: null, state: 'measuring' });
  expect(change?.settings).toEqual([
    { name: 'net.ipv4.ip_local_port_range', from: RANGE.join('\t'), to: WIDER.replace(' ', '\t') },
  ]);
  const pool = change?.pools.find(({ name }) => name.includes(`${SERVER_ADDRESS}:${LISTEN_PORT}`));
  expect(pool?.before).toMatchObject({ capacity: 1000 });
  expect(pool?.after).toMatchObject({ capacity: 2000 });
  const { before, after } = pool ?? {};
  expect(after?.closeRate).toBeGreaterThan(PER_SECOND * 0.9);
  expect(after?.closeRate).toBeLessThan(PER_SECOND * 1.1);
  // As many ports as before, of twice as many. The kernel writes a tab between two numbers.
  expect((after?.usedRatio ?? 1) / (before?.usedRatio ?? 0)).toBeLessThan(0.6);
  expect(await daemon.stop()).toBe(0);
});
