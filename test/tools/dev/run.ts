/** `npm run dev`: the real daemon on simulated hosts, with the dashboard served by Vite, until Ctrl-C. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type ViteDevServer } from 'vite';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { openDemos } from './demo/demos.js';
import { serveDemos } from './demo/site.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const folder = mkdtempSync(join(tmpdir(), 'portcast-dev-'));
// Removed at the very end, because Vite writes to its cache for a moment after it was closed.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await develop();

async function develop(): Promise<void> {
  const demos = await openDemos();
  try {
    const { url } = await demos.get('mixed');
    const server = await serveDashboard(serveDemos(demos));
    const dashboard = server.resolvedUrls?.local[0] ?? '';
    process.stdout.write(`daemon       ${url}/\ndashboard    ${dashboard}\ndemos        ${dashboard}demo/\n`);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await server.close();
  } finally {
    await demos.close();
  }
}

/** The demos answer before Vite does, which then sees the paths of a dashboard at the root. */
async function serveDashboard(demos: ReturnType<typeof serveDemos>): Promise<ViteDevServer> {
  const server = await createServer({
    root: join(PACKAGE_ROOT, 'dashboard'),
    logLevel: 'warn',
    cacheDir: join(folder, 'vite'),
    server: { host: '127.0.0.1' },
    plugins: [{ name: 'demos', configureServer: (vite) => void vite.middlewares.use(demos) }],
  });
  return server.listen();
}
