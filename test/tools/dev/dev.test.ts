/** `npm run dev` as a process: Vite serves the dashboard, the API answers behind it, and both end on a signal. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import type { WirePools } from '../../../daemon/wire/pool.js';

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
    expect(host.name).toBe('simulated');
    expect(pools).toHaveLength(6);
    expect(pools.map(({ reuse }) => reuse)).toContain('after_delay');
    expect(pools.every(({ used }) => used > 0)).toBe(true);
    // The failed connects of this host have no place on the simulated one.
    const { tracing } = (await (await fetch(new URL('/api/v1/status', url))).json()) as WireStatus;
    expect(tracing).toMatchObject({ on: false, failedConnects: 0 });
    expect(tracing.why).toMatch(/sampling\.failures/);
    const foreign = await fetch(new URL('/api/v1/status', url), { headers: { origin: new URL(url).origin } });
    expect(foreign.status).toBe(200);
    child.kill('SIGINT');
    expect(await exited).toEqual([0, null]);
    expect(readdirSync(folder).filter((name) => name.startsWith('portcast-dev-'))).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  }
});
