/** The tab and the print of the dashboard. */
import { describe, expect, it } from 'vitest';
import { keepBrowser, openCanned as open, POOL_ID, shoot } from './open-page.js';
import { drawnPixels, overflow } from './page-checks.js';

keepBrowser();

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
    ['pool', `#/pool/${POOL_ID}`, 'pool-page'],
  ] as const)('shows the %s black on white, with its charts and addresses', async (name, hash, chart) => {
    const { page } = await open('exhausting', hash, { theme: 'dark' });
    await expect.poll(() => drawnPixels(page, chart)).toBeGreaterThan(3000);
    await page.emulateMedia({ media: 'print' });
    await page.setViewportSize({ width: 690, height: 1000 });
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('light');
    expect(await page.locator('.header').isVisible()).toBe(false);
    const head = await page.locator('.print-head').innerText();
    expect(head).toMatch(
      /Full in .* 10\.0\.0\.2:443 · [^]*\d{4}-\d\d-\d\d \d\d:\d\d:\d\d UTC\. Times in UTC[^]*http:\/\/127\.0\.0\.1/,
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
    await shoot(page, `print-${name}`);
    await page.emulateMedia({ media: 'screen' });
    await expect.poll(() => page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
    expect((await page.pdf({ format: 'A4' })).length).toBeGreaterThan(20_000);
  });
});
