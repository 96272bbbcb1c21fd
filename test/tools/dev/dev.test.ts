/** `npm run dev` as a process: Vite serves the dashboard, the API answers behind it, and both end on a signal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { SCENES } from './demo/scenes.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import type { WirePools } from '../../../daemon/wire/pool.js';

async function expectDemos(url: string): Promise<void> {
  const get = (path: string) => fetch(new URL(path, url), { redirect: 'manual' });
  const shortcut = await get('/?demo=empty&view=wall');
  expect([shortcut.status, shortcut.headers.get('location')]).toEqual([302, '/demo/empty/?view=wall']);
  expect(await (await get('/demo/empty/?view=wall')).text()).toContain('/src/main.tsx');
  const { pools } = (await (await get('/demo/empty/api/v1/pools')).json()) as WirePools;
  expect(pools).toEqual([]);
  const list = await (await get('/demo/')).text();
  expect(list.match(/<th scope="row"><a href="\/demo\/[\w-]+\/">/g)).toHaveLength(Object.keys(SCENES).length);
  for (const path of ['/demo/nothing/', '/demo/constructor/', '/demo/%3Cb%3E/', '/demo/nothing/api/v1/pools']) {
    const unknown = await get(path);
    expect([path, unknown.status]).toEqual([path, 404]);
    const text = await unknown.text();
    expect(text).toContain('there are mixed, empty, first-sample');
    expect(text).not.toContain('<b>');
  }
}

it('serves a simulated host with every kind of trouble, and leaves nothing behind', { timeout: 60_000 }, async () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-dev-test-'));
  const child = spawn(process.execPath, ['--import', 'tsx', join(PACKAGE_ROOT, 'test', 'tools', 'dev', 'run.ts')], {
    cwd: PACKAGE_ROOT,
    env: { ...process.env, TMPDIR: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = once(child, 'exit');
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  try {
    await expect.poll(() => output, { timeout: 40_000 }).toMatch(/^dashboard {4}http\S+$/m);
    const url = /^dashboard {4}(\S+)$/m.exec(output)?.[1] ?? '';
    expect(await (await fetch(url)).text()).toContain('/src/main.tsx');
    expect((await fetch(new URL('/src/main.tsx', url))).headers.get('content-type')).toContain('javascript');
    const { pools, host } = (await (await fetch(new URL('/api/v1/pools', url))).json()) as WirePools;
    expect(host.name).toBe('web-1');
    expect(pools).toHaveLength(6);
    expect(pools.map(({ reuse }) => reuse)).toContain('after_delay');
    expect(pools.every(({ used }) => used > 0)).toBe(true);
    // The failed connects of this host have no place on the simulated one.
    const { tracing } = (await (await fetch(new URL('/api/v1/status', url))).json()) as WireStatus;
    expect(tracing).toMatchObject({ on: false, failedConnects: 0 });
    expect(tracing.why).toMatch(/sampling\.failures/);
    const foreign = await fetch(new URL('/api/v1/status', url), { headers: { origin: new URL(url).origin } });
    expect(foreign.status).toBe(200);
    const rebound = await fetch(new URL('/api/v1/status', url), { headers: { origin: 'http://evil.example' } });
    expect(rebound.status).toBe(403);
    await expectDemos(url);
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(readdirSync(folder).filter((name) => name.startsWith('portcast-'))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
