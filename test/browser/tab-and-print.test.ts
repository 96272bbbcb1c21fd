/** The tab and the print of the dashboard. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCanned } from './canned.js';
import { launchChromium } from './chromium.js';
import { drawnPixels, openPage, overflow, type PageOptions } from './page-checks.js';
import type { Scenario } from './scenarios.js';

const SHOTS = join(import.meta.dirname, 'shots');
const POOL = 'connect_host_10.0.0.1_10.0.0.2_443';

let browser: Browser;
const cleanups: (() => Promise<unknown>)[] = [];
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const cleanup of cleanups.splice(0).reverse()) await cleanup();
});

async function open(scenario: Scenario, path: string, options: PageOptions & { height?: number } = {}) {
  const canned = await startCanned(scenario, 300);
  cleanups.push(() => canned.close());
  const watched = await openPage(browser, canned.url + path, options);
  cleanups.push(() => watched.context.close());
  const { width = 1280, height = 720 } = options;
  await watched.page.setViewportSize({ width, height });
  const shoot = (name: string) => watched.page.screenshot({ path: join(SHOTS, `${name}.png`) });
  return { ...watched, canned, shoot };
}

describe('the tab', () => {
  it.each([
    ['exhausted', /^OUT OF PORTS 10\.0\.0\.2:443 · /, 'critical'],
    ['exhausting', /^Full in .* 10\.0\.0\.2:443 · /, 'critical'],
    ['steady', /^ok · /, 'calm'],
    ['idle', /^ok · /, 'calm'],
    ['many', /^Nearly full .* · /, 'warning'],
    ['blind', /^\? Unknown · /, 'unknown'],
    ['degraded', /^ok · /, 'calm'],
  ] as const)('of %s has its verdict and its sign', async (scenario, title, tone) => {
    const { page, complaints } = await open(scenario, '');
    await expect.poll(() => page.title()).toMatch(title);
    const href = await page.locator('link[rel=icon]').getAttribute('href');
    expect(href).toBe(`./favicon-${tone}.svg`);
    const width = await page.evaluate(async (src) => {
      const image = new Image();
      image.src = src ?? '';
      await image.decode();
      return image.naturalWidth;
    }, href);
    expect(width).toBeGreaterThan(0);
    expect(complaints).toEqual([]);
  });
});

describe('paper', () => {
  it.each([
    ['overview', '', 'worst-pool-chart'],
    ['pool', `#/pool/${POOL}`, 'pool-page'],
  ] as const)('shows the %s black on white, with its charts and addresses', async (name, hash, chart) => {
    const { page } = await open('exhausting', hash, { theme: 'dark' });
    await expect.poll(() => drawnPixels(page, chart)).toBeGreaterThan(3000);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 690, height: 1000 });
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
    expect(await page.locator('.header').isVisible()).toBe(false);
    const head = await page.locator('.print-head').innerText();
    expect(head).toMatch(
      /Full in .* 10\.0\.0\.2:443 · [^]*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC[^]*http:\/\/127\.0\.0\.1/,
    );
    // A border of less than a pixel counts as one.
    expect(await overflow(page)).toBeLessThanOrEqual(1);
    expect(await drawnPixels(page, chart)).toBeGreaterThan(3000);
    const colors = await page.evaluate(() => [
      getComputedStyle(document.body).backgroundColor,
      getComputedStyle(document.body).color,
    ]);
    expect(colors).toEqual(['rgb(255, 255, 255)', 'rgb(0, 0, 0)']);
    const addresses = await page
      .locator('main a[data-address]')
      .evaluateAll((links) => links.map((link) => link.dataset['address']));
    expect(addresses.every((address) => address?.startsWith('http://127.0.0.1'))).toBe(true);
    await page.screenshot({ path: join(SHOTS, `print-${name}.png`), fullPage: true });
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    expect((await page.pdf({ format: 'A4', path: join(SHOTS, `print-${name}.pdf`) })).length).toBeGreaterThan(20_000);
  });
});
