/**
 * The dashboard below a path of a real nginx with TLS, in a real Chromium: login, event stream, change, logout. Needs `nginx`,
 * `openssl` and Chromium, and fails without them.
 */
import { spawn, spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { request as requestTls } from 'node:https';
import { createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { BrowserContext, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PACKAGE_ROOT } from '../../daemon/paths.js';
import { launchChromium } from '../browser/chromium.js';
import { startDaemon, stateFolder, type DaemonProcess } from '../builders/daemon-process.js';
import { createCertificate } from '../builders/certificates.js';

const MAIN_FILE = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
const PASSWORD = 'correct horse battery';
const state = stateFolder();
let daemon: DaemonProcess;
let context: BrowserContext;
let page: Page;
let origin: string;
const complaints: string[] = [];
const cleanups: (() => unknown)[] = [];

beforeAll(async () => {
  const [publicPort, port] = [await findFreePort(), await findFreePort()];
  origin = `https://127.0.0.1:${publicPort}`;
  const yaml = `http: { port: ${port}, basePath: /portcast/, publicOrigins: ["${origin}"] }\n`;
  writeFileSync(join(state.path, 'config.yaml'), yaml);
  // Without an operator it does not start.
  await expect(startDaemon(state, yaml)).rejects.toThrow(
    /ended with 2:[^]*http\.publicOrigins: found [^]*portcast user add NAME/,
  );
  portcast(['user', 'add', 'alice', '--role', 'operator'], PASSWORD);
  portcast(['user', 'add', 'vera', '--role', 'viewer'], PASSWORD);
  daemon = await startDaemon(state, yaml);
  cleanups.push(() => daemon.stop());
  await startNginx(publicPort, port);
  const browser = await launchChromium();
  cleanups.push(() => browser.close());
  context = await browser.newContext({ ignoreHTTPSErrors: true });
  page = await context.newPage();
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('console', (message) => {
    // The browser itself reports each answer of 401.
    if (message.type() === 'error' && !message.text().includes('401')) complaints.push(message.text());
  });
});

afterAll(async () => {
  for (const cleanup of cleanups.reverse()) await cleanup();
  state.remove();
});

describe('below a path of nginx', () => {
  it('leads to the login page, and after the login to the page that was wanted', async () => {
    await page.goto(`${origin}/portcast/#/incidents`);
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
    await page.getByLabel('User').fill('alice');
    await page.getByLabel('Password').fill('wrong password');
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect.poll(() => page.locator('.act-error').innerText()).toBe('the user or the password is wrong');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByRole('button', { name: 'Log in' }).click();
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Incidents');
    expect(page.url()).toBe(`${origin}/portcast/#/incidents`);
    const [cookie] = await context.cookies();
    expect(cookie).toMatchObject({ path: '/portcast/', httpOnly: true, secure: true, sameSite: 'Strict' });
  });

  it('receives the event stream, and every URL is below the path', async () => {
    await expect.poll(() => page.getByTestId('live').getAttribute('data-live'), { timeout: 20_000 }).toBe('live');
    expect(await page.getByTestId('session').innerText()).toContain('alice');
    const urls = await page.evaluate(() => performance.getEntriesByType('resource').map(({ name }) => name));
    expect(urls.length).toBeGreaterThan(3);
    expect(urls.filter((url) => !url.startsWith(`${origin}/portcast/`))).toEqual([]);
  });

  it('can change something', async () => {
    const status = await page.evaluate(async () => {
      const body = JSON.stringify({ matchers: { rule: 'leak' }, durationSeconds: 60, author: 'mallory' });
      const headers = { 'content-type': 'application/json' };
      const response = await fetch('api/v1/silences', { method: 'POST', headers, body });
      return [response.status, ((await response.json()) as { author: string }).author];
    });
    expect(status).toEqual([201, 'alice']);
  });

  it('ends with the logout, and a viewer then sees no buttons', async () => {
    await page.getByRole('button', { name: 'Log out' }).click();
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor();
    expect(await context.cookies()).toEqual([]);
    await page.goto(`${origin}/portcast/#/login?to=%23%2Fincidents`);
    await page.getByLabel('User').fill('vera');
    await page.getByLabel('Password').fill(PASSWORD);
    await page.getByLabel('Password').press('Enter');
    await expect.poll(() => page.getByTestId('session').innerText()).toMatch(/vera\s*viewer/);
    await expect.poll(() => page.getByRole('heading', { level: 1 }).innerText()).toBe('Incidents');
    expect(await page.getByTestId('test-alert').count()).toBe(0);
  });

  it('shows the login page when the user is removed', async () => {
    portcast(['user', 'remove', 'vera']);
    await page.getByRole('heading', { name: 'Log in to portcast' }).waitFor({ timeout: 15_000 });
    expect(complaints).toEqual([]);
  });

  it('refuses other origins, other hosts and other paths', async () => {
    expect(await ask('/portcast/api/v1/session', { origin: 'https://evil.example' })).toBe(403);
    expect(await ask('/portcast/api/v1/session', { host: 'evil.example' })).toBe(421);
    expect(await ask('/portcast', {})).toBe(308);
    expect(await ask('/portcast/%2e%2e/api/v1/status', {})).not.toBe(200);
    expect(await ask('/portcast//api/v1/status', {})).toBe(401);
    expect(await ask('/portcast/api%2fv1%2fstatus', {})).toBe(401);
    expect(await ask('/portcast/healthz', {})).toBe(200);
  });

  it('is served on the host itself too, to the commands and to browsers', async () => {
    const port = new URL(daemon.url).port;
    expect((await fetch(`http://127.0.0.1:${port}/portcast/`)).status).toBe(200);
    expect((await fetch(`http://127.0.0.1:${port}/`, { redirect: 'manual' })).headers.get('location')).toBe(
      '/portcast/',
    );
    expect((await fetch(`http://127.0.0.1:${port}/api/v1/status`)).status).toBe(404);
    expect(portcast(['status'])).toMatch(/^portcast /);
    expect(portcast(['silence', 'list'])).toContain('by alice');
  });
});

/** Runs a command with the configuration of the daemon. */
function portcast(args: readonly string[], input = ''): string {
  const command = [MAIN_FILE, ...args, '--config', join(state.path, 'config.yaml')];
  const env = { ...process.env, STATE_DIRECTORY: state.path };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    input,
    env,
    encoding: 'utf8',
    timeout: 30_000,
  });
  if (status !== 0) throw new Error(`${args.join(' ')} ended with ${String(status)}: ${stderr}`);
  return stdout;
}

/** The status of a read through nginx, without following redirects and without changing the path. */
async function ask(path: string, headers: Record<string, string>): Promise<number> {
  return await new Promise((resolve, reject) => {
    const { hostname, port } = new URL(origin);
    const sent = requestTls({ hostname, port, path, headers, rejectUnauthorized: false, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode ?? 0);
    });
    sent.on('error', reject);
    sent.end();
  });
}

/** With the part of the configuration that docs/access.md gives. */
async function startNginx(publicPort: number, port: number): Promise<void> {
  const { cert, key } = createCertificate(state.path, 'proxy');
  const documented =
    /```nginx\n([^]*?)```/.exec(readFileSync(join(PACKAGE_ROOT, 'docs', 'access.md'), 'utf8'))?.[1] ?? '';
  expect(documented).toContain('127.0.0.1:9470');
  const file = join(state.path, 'nginx.conf');
  writeFileSync(
    file,
    `daemon off; pid ${state.path}/nginx.pid; error_log stderr; worker_processes 1; events {}
http {
  access_log off; client_body_temp_path ${state.path}; proxy_temp_path ${state.path}; fastcgi_temp_path ${state.path};
  uwsgi_temp_path ${state.path}; scgi_temp_path ${state.path};
  server {
    listen 127.0.0.1:${publicPort} ssl; ssl_certificate ${cert}; ssl_certificate_key ${key};
    ${documented.replaceAll('127.0.0.1:9470', `127.0.0.1:${port}`)}
  }
}
`,
  );
  const child = spawn('nginx', ['-c', file, '-e', 'stderr'], { stdio: ['ignore', 'ignore', 'inherit'] });
  cleanups.push(() => child.kill());
  for (let tries = 0; (await ask('/portcast/healthz', {}).catch(() => 0)) !== 200; tries++) {
    if (tries > 100) throw new Error('nginx does not answer');
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function findFreePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}
