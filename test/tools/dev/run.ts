/** `npm run dev`: the real daemon on a simulated host, with the dashboard served by Vite, until Ctrl-C. */
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type ViteDevServer } from 'vite';
import { createApp } from '../../../daemon/app.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { createLog } from '../../../daemon/log.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { openSimulatedHost } from './host.js';

const stop = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => stop.abort());

const folder = mkdtempSync(join(tmpdir(), 'portcast-dev-'));
// Removed at the very end, because Vite writes to its cache for a moment after it was closed.
process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
await develop();

async function develop(): Promise<void> {
  const { config } = loadConfig({ env: {}, systemFile: join(folder, 'none.yaml') });
  const simulated = openSimulatedHost(Date.now);
  const app = createApp({
    config: {
      ...config,
      host: { name: 'simulated', timeZone: 'UTC' },
      http: { ...config.http, port: 0 },
      store: { ...config.store, file: join(folder, 'portcast.db') },
      // The failed connects are those of the real host.
      sampling: { ...config.sampling, failures: 'off' },
    },
    version: 'dev',
    log: createLog({
      level: 'warn',
      format: process.stderr.isTTY ? 'text' : 'json',
      write: (line) => process.stderr.write(line),
    }),
    openSource: () => Promise.resolve(simulated.source),
    openGlances: () => simulated.glances,
  });
  const { url } = await app.start();
  try {
    const dashboard = await serveDashboard(url);
    process.stdout.write(`daemon       ${url}\ndashboard    ${dashboard.resolvedUrls?.local[0] ?? ''}\n`);
    if (!stop.signal.aborted) await once(stop.signal, 'abort');
    await dashboard.close();
  } finally {
    await app.stop();
  }
}

/** The API checks the Host and Origin headers. The proxy sets them as a local client would. */
async function serveDashboard(api: string): Promise<ViteDevServer> {
  const server = await createServer({
    root: join(PACKAGE_ROOT, 'dashboard'),
    logLevel: 'warn',
    cacheDir: join(folder, 'vite'),
    server: {
      host: '127.0.0.1',
      proxy: {
        '/api': {
          target: api,
          changeOrigin: true,
          configure: (proxy) => void proxy.on('proxyReq', (request) => request.removeHeader('origin')),
        },
      },
    },
  });
  return server.listen();
}
