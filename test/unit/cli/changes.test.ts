/** `portcast changes` and `portcast settings`. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { settingsCommand } from '../../../daemon/cli/settings.js';
import { testIo } from '../../builders/cli.js';
import { cannedChanges, cannedSettings, POOL_ID } from '../../builders/wire-changes.js';

/** Answers as the daemon does, and returns what the command prints. */
async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string; asked: string[] }> {
  const asked: string[] = [];
  const server = createServer((request, response) => {
    asked.push(request.url ?? '');
    response.setHeader('Content-Type', 'application/json');
    response.end(JSON.stringify(request.url === '/api/v1/settings' ? cannedSettings() : cannedChanges()));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const io = testIo();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await runCli([...args, '--url', url], io);
  return { code, out: io.stdout(), err: io.stderr(), asked };
}

describe('portcast changes', () => {
  it('shows each change with its pools before and after', async () => {
    const { code, out, asked } = await run('changes');
    expect(code).toBe(0);
    expect(asked).toEqual(['/api/v1/changes?limit=20']);
    expect(out).toContain('2026-01-05T11:56:00.000Z  tcp_tw_reuse 0 -> 1');
    expect(out).toContain('port use of 10.0.0.2:443 fell from 94% to 12%, failed connects from 3.1/s to 0');
    expect(out).toContain('before: up to 10 min; after: 3 min of 10 min seen, from 62 s after the change');
    expect(out).toMatch(/10\.0\.0\.2:443 +CLOSES\/S +USED +OF +PRESSURE +RISK +FAILED\/S/);
    expect(out).toMatch(/before +15\.2 +940 \(94%\) +1,000 +95% +40% +3\.1/);
    expect(out).toMatch(/after +15\.2 +120 \(12%\) +1,000 +12% +0% +0/);
    expect(out).toContain('close rate of 10.0.0.2:443 fell from 12/s to 1.1/s');
  });

  it('asks for one pool, and prints JSON', async () => {
    const { out, asked } = await run('changes', '--pool', POOL_ID, '--limit', '3', '--json');
    expect(asked).toEqual([`/api/v1/changes?limit=3&pool=${POOL_ID}`]);
    expect(JSON.parse(out)).toEqual(cannedChanges());
    expect((await run('changes', '--pool', POOL_ID)).out).not.toContain('10.0.0.3:5432 ');
  });

  it('refuses a limit that makes no sense', async () => {
    const { code, err } = await run('changes', '--limit', '0');
    expect(code).toBe(2);
    expect(err).toContain('found "0"; allowed a whole number from 1 to 500');
  });
});

describe('portcast settings', () => {
  it('shows what the daemon knows', async () => {
    const { code, out } = await run('settings');
    expect(code).toBe(0);
    expect(out).toContain('web-1, Linux 6.12.117+deb13-amd64 (from the running daemon)');
    expect(out).toContain(
      'net.ipv4.tcp_tw_reuse = 1\n  changed; the default is 2 (0 before Linux 4.19); since 2026-01-05T11:56:00.000Z\n',
    );
    expect(out).toContain(
      'net.ipv4.ip_local_reserved_ports = (empty)\n  the default; since before portcast first saw it',
    );
    expect(JSON.parse((await run('settings', '--json')).out)).toEqual(cannedSettings());
  });

  it('reads this host where no daemon answers, and says that since when is not known', async () => {
    const io = testIo();
    const settings = cannedSettings();
    const code = await settingsCommand(io, { daemon: false }, () => Promise.resolve(settings));
    expect(code).toBe(0);
    expect(io.stdout()).toContain('(read from this host, where since when is not known)');
    expect(io.stdout()).not.toMatch(/; (since|changed between|fixed)/);
    expect(io.stdout()).toContain('net.ipv4.ip_local_port_range = 20000 20999\n');
  });
});
