/** The real daemon with real connections in a real Chromium: from the socket table to the pixels. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { WirePools } from '../../daemon/wire/pool.js';
import { startDaemon, stateFolder, type DaemonProcess } from '../builders/daemon-process.js';
import { startTraffic, type LoopbackTraffic } from '../builders/loopback-traffic.js';
import { launchChromium } from './chromium.js';

const state = stateFolder();
let browser: Browser;
let daemon: DaemonProcess;
let traffic: LoopbackTraffic;
let page: Page;
const complaints: string[] = [];

beforeAll(async () => {
  traffic = await startTraffic({ perSecond: 20, count: 2000 });
  daemon = await startDaemon(state);
  browser = await launchChromium();
  page = await browser.newPage({ viewport: { width: 1280, height: 900 } });
  page.on('console', (message) => {
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(error.message));
  page.on('response', (response) => {
    if (response.status() >= 400) complaints.push(`${response.status()} ${response.url()}`);
  });
  await page.goto(daemon.url);
});

afterAll(async () => {
  await browser.close();
  await daemon.stop();
  await traffic.stop();
  state.remove();
});

/** Pixels of a canvas that are not transparent. */
async function drawnPixels(selector: string): Promise<number> {
  return page
    .locator(selector)
    .first()
    .evaluate((element) => {
      const canvas = element as HTMLCanvasElement;
      const data = canvas.getContext('2d')?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
      let drawn = 0;
      for (let at = 3; at < data.length; at += 4) if (data[at] !== 0) drawn += 1;
      return drawn;
    });
}

describe('the dashboard of a live daemon', () => {
  it('shows the pool of the traffic and draws its chart', async () => {
    const id = `connect_host_127.0.0.1_127.0.0.1_${traffic.port}`;
    await page.locator(`[data-testid="pool-row"][data-pool-id="${id}"]`).waitFor({ timeout: 20_000 });
    await page.locator('[data-testid="worst-pool-chart"] canvas').first().waitFor();
    await expect
      .poll(() => drawnPixels('[data-testid="worst-pool-chart"] canvas'), { timeout: 15_000 })
      .toBeGreaterThan(500);
  });

  it('changes its figures as samples come', async () => {
    const row = page.locator(`[data-testid="pool-row"]`).first();
    const before = await row.innerText();
    await expect.poll(() => row.innerText(), { timeout: 20_000, interval: 500 }).not.toBe(before);
  });

  it('receives compressed changes, none of which is larger than 32 KB', async () => {
    const session = await page.context().newCDPSession(page);
    await session.send('Network.enable');
    const events: { name: string; bytes: number }[] = [];
    session.on('Network.eventSourceMessageReceived', ({ eventName, data }) => {
      events.push({ name: eventName, bytes: Buffer.byteLength(data) });
    });
    const encodings: (string | undefined)[] = [];
    page.on('response', (response) => {
      if (response.url().includes('/api/v1/events')) encodings.push(response.headers()['content-encoding']);
    });
    await page.reload();
    await expect
      .poll(() => events.filter(({ name }) => name === 'change').length, { timeout: 20_000 })
      .toBeGreaterThan(2);
    expect(encodings).toEqual(['gzip']);
    expect(events.every(({ bytes }) => bytes < 32 * 1024)).toBe(true);
  });

  it('is itself in a pool that is marked and listed last', async () => {
    const answer = await fetch(new URL('api/v1/pools', daemon.url));
    const { pools } = (await answer.json()) as WirePools;
    expect(pools.length).toBeGreaterThan(1);
    const own = pools.filter((pool) => pool.own === 'viewer');
    expect(own.map(({ remotePort }) => String(remotePort))).toEqual([new URL(daemon.url).port]);
    expect(pools.at(-1)).toEqual(own[0]);
  });

  it('opens the history of a pool from its row and draws its chart', async () => {
    await page.locator('[data-testid="pool-row"]').first().click();
    await page.locator('[data-testid="pool-page"] canvas').first().waitFor({ timeout: 15_000 });
    await expect.poll(() => drawnPixels('[data-testid="pool-page"] canvas'), { timeout: 25_000 }).toBeGreaterThan(500);
  });

  it('has no console error, no failed request and nothing blocked by the security policy', () => {
    expect(complaints).toEqual([]);
  });
});
