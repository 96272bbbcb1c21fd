/**
 * Exhaustions within seconds: 1,000 ports, no reuse, real sockets, and a daemon on its defaults. The first connect fails 2.5 to
 * 8 s after the onset, which is at any time between two beats. The truth is the client's errno, and the warning is the
 * alert in the daemon's log.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import type { ClientEvent, ClientOrder } from '../../tools/league/client.js';
import { createLab, labScript, SERVER_ADDRESS } from '../namespaces.js';

/** Closes per second. Each goes to a port of its own, so each is a new pool. */
const RATES = [125, 150, 200, 250, 300, 400];
const FIRST_PORT = 7000;
/** The share of the onsets that must be warned of before the first failure. */
const WARNED_SHARE = 0.8;

interface AlertLine {
  readonly time: string;
  readonly rule?: string;
  readonly to?: string;
  readonly poolId?: string;
}

describe('ports that run out within seconds', () => {
  it('are warned of before the first connect fails', async ({ expect, onTestFinished }) => {
    const folder = mkdtempSync(join(tmpdir(), 'portcast-lab-'));
    const lab = createLab({ name: 'onset', range: [20_000, 20_999] });
    onTestFinished(async () => {
      await lab.close();
      rmSync(folder, { recursive: true, force: true });
    });
    const config = join(folder, 'config.yaml');
    writeFileSync(config, 'http: {port: 0}\n');
    const main = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
    const daemon = lab.start('client', [process.execPath, main, 'run', '--config', config], {
      STATE_DIRECTORY: folder,
    });
    await daemon.line(/http:\/\/127\.0\.0\.1/, 30_000);
    const warnedAtMs = (port: number): number | null => {
      const lines = daemon.lines.filter((line) => line.includes('"imminent"') && line.includes(`_${port}`));
      const fired = lines.map((line) => JSON.parse(line) as AlertLine).find(({ to }) => to === 'firing');
      return fired === undefined ? null : Date.parse(fired.time);
    };

    const leads: number[] = [];
    for (const [index, perSecond] of RATES.entries()) {
      const port = FIRST_PORT + index;
      const listener = lab.start('server', [...labScript('tools/league/server.ts'), String(port)]);
      await listener.line(/listening/, 30_000);
      const to = { address: SERVER_ADDRESS, port, by: 'ipv4', bindTo: null, ending: 'close' } as const;
      const order: ClientOrder = { streams: [{ ...to, phases: [{ perSecond, seconds: 9 }] }], lingerSeconds: 0 };
      const client = lab.start('client', [...labScript('tools/league/client.ts'), JSON.stringify(order)]);
      const failed = JSON.parse(await client.line(/"failed"|"ended"/, 60_000)) as ClientEvent;
      expect(failed).toMatchObject({ event: 'failed', code: 'EADDRNOTAVAIL' });
      await client.exited;
      await listener.stop();
      const warned = warnedAtMs(port);
      leads.push(warned === null ? -Infinity : failed.atMs - warned);
      console.log(`${perSecond}/s: first failure after ${failed.afterMs} ms, warned ${leads.at(-1)} ms before it`);
    }
    const share = leads.filter((leadMs) => leadMs > 0).length / leads.length;
    console.log(`warned of before the first failure: ${(100 * share).toFixed(0)}%`);
    expect(share).toBeGreaterThanOrEqual(WARNED_SHARE);
  });
});
