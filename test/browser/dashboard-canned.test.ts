/** The built dashboard in a real Chromium, on canned data and under the security policy of the daemon. */
import { describe, expect, it } from 'vitest';
import { TO_SECOND } from './clock.js';
import type { Scenario } from './scenarios.js';
import { keepBrowser, openCanned } from './open-page.js';
import { drawnPixels, overflow, poorContrast, type PageOptions } from './page-checks.js';

/** Axes, grid and a line have several thousand pixels. An empty canvas has none. */
const DRAWN = 3_000;

keepBrowser();

async function open(scenario: Scenario, options: PageOptions & { readonly hash?: string } = {}) {
  const opened = await openCanned(scenario, options.hash, options);
  await opened.page.getByTestId('worst-pool').or(opened.page.getByTestId('pool-page')).first().waitFor();
  return opened;
}

describe('the page of a row', () => {
  it('opens by click, requests the chosen range, and leads back', async () => {
    const { page, complaints } = await open('steady');
    const row = page.getByTestId('pool-row').first();
    const id = await row.getAttribute('data-pool-id');
    await row.click();
    const panel = page.getByTestId('pool-page');
    await expect.poll(() => panel.locator('canvas').count()).toBe(3);
    expect(new URL(page.url()).hash).toBe(`#/pool/${id ?? ''}`);
    await expect.poll(() => drawnPixels(page, 'pool-page')).toBeGreaterThan(DRAWN);
    const asked = page.waitForRequest((request) => request.url().includes('/history?'));
    await panel.getByRole('button', { name: '30 d' }).click();
    const query = new URL((await asked).url()).searchParams;
    // Half of the range more is requested, so that moving it shows data at once.
    expect(Number(query.get('to')) - Number(query.get('from'))).toBe(45 * 86_400_000);
    await expect.poll(() => drawnPixels(page, 'pool-page')).toBeGreaterThan(DRAWN);
    await page.goBack();
    await expect.poll(() => panel.count()).toBe(0);
    expect(complaints).toEqual([]);
  });

  it('opens by keyboard and puts the focus on its title', async () => {
    const { page, complaints } = await open('steady');
    const links = page.getByTestId('pool-row').getByRole('link');
    await links.first().focus();
    await page.keyboard.press('ArrowDown');
    await page.keyboard.press('Enter');
    await page.getByTestId('pool-page').waitFor();
    expect(await page.getByTestId('pool-page').innerText()).toContain('10.0.3.9:8443');
    await expect.poll(() => page.evaluate(() => document.activeElement?.textContent)).toBe('10.0.3.9:8443');
    await page.goBack();
    await page.getByTestId('pool-row').first().press('Enter');
    await expect.poll(() => page.getByTestId('pool-page').innerText()).toContain('10.0.0.2:443');
    expect(complaints).toEqual([]);
  });

  it('shows the sockets of a port by state', async () => {
    const { page, complaints } = await open('steady', { width: 360, theme: 'dark' });
    await page.getByTestId('port-row').filter({ hasText: ':8080' }).getByRole('link').click();
    await expect.poll(() => drawnPixels(page, 'port-page')).toBeGreaterThan(DRAWN);
    expect(await page.getByTestId('port-page').innerText()).toMatch(/TIME_WAIT\s+ESTABLISHED/);
    expect([await overflow(page), await poorContrast(page), complaints]).toEqual([0, [], []]);
  });

  it('explains an id under which nothing is stored', async () => {
    const { page } = await open('steady', { hash: '#/pool/no-such-pool' });
    await expect
      .poll(() => page.getByTestId('pool-page').innerText())
      .toContain('Nothing is stored under this name yet');
  });
});

describe('the page', () => {
  it('changes its figures as samples come', async () => {
    const { page } = await open('exhausting');
    const used = () => page.getByTestId('worst-pool').locator('.figure').first().innerText();
    const before = await used();
    await expect.poll(used).not.toBe(before);
  });

  it('shows problems of portcast with their start below the forecast, and that no mail is sent', async () => {
    const { page } = await open('degraded');
    const notices = await page.getByTestId('health').innerText();
    expect(notices).toContain('portcast itself is degraded');
    expect(await page.locator('.notices').innerText()).toBe('');
    expect(notices).toMatch(new RegExp(String.raw`store\s+the database is locked.*since ${TO_SECOND} \(9\d s\)`, 's'));
    expect(await page.locator('.quiet-notices').innerText()).toMatch(/channels\s+None is configured/);
  });

  it('shows firing alerts before pending ones, then resolved ones', async () => {
    const { page } = await open('alerts');
    const alerts = page.getByTestId('alerts');
    await expect.poll(() => alerts.innerText()).toMatch(/imminent[^]*firing[^]*pressure[^]*pending[^]*Recent[^]*leak/);
    expect(await page.getByRole('navigation').innerText()).toMatch(/Alerts\s*1/);
  });

  it('scrolls to the limits of the host and states them', async () => {
    const { page } = await open('steady', { hash: '#/host' });
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(300);
    const text = await page.getByTestId('host-limits').innerText();
    for (const fact of ['32768–60999', '2.048 s (learned)', 'loopback only', '131,072', '0.4% of 1%'])
      expect(text).toContain(fact);
  });

  it('shows strings of the host as text, not as markup', async () => {
    const { page } = await open('hostile', { hash: '' });
    expect(await page.title()).not.toBe('owned');
    expect(await page.locator('img:not(.brand img)').count()).toBe(0);
    expect(await page.getByTestId('worst-pool').innerText()).toContain('<img src=x');
  });

  it('shows a lost connection, and reconnects after an HTTP error', async () => {
    const { page, canned } = await open('steady');
    const live = page.getByTestId('live');
    await expect.poll(() => live.getAttribute('data-live')).toBe('live');
    canned.dropStreams(true);
    await expect.poll(() => live.getAttribute('data-live')).toBe('lost');
    const notices = () => page.locator('.notices').innerText();
    await expect.poll(notices, { timeout: 15_000 }).toMatch(/portcast has not answered since .* Retrying\./);
    canned.dropStreams(false);
    await expect.poll(() => live.getAttribute('data-live'), { timeout: 30_000 }).toBe('live');
    expect(await notices()).not.toContain('Retrying');
  });

  it('sorts and filters by keyboard, and exposes the direction to screen readers', async () => {
    const { page } = await open('many');
    const table = page.getByTestId('pools-table');
    await table.getByRole('button', { name: 'Destination' }).press('Enter');
    expect(await table.getByRole('columnheader', { name: 'Destination' }).getAttribute('aria-sort')).toBe('ascending');
    expect(await page.getByTestId('pool-row').first().innerText()).toContain('10.0.0.2:443');
    await page.getByLabel('Filter pools').fill('10.1.3. steady');
    await expect.poll(() => page.getByTestId('pool-row').count()).toBe(7);
    await page.getByLabel('Filter pools').fill('nothing like it');
    await expect.poll(() => page.locator('#pools').innerText()).toContain('No pool matches');
  });

  it('keeps a row in its place while the pointer is over the table', async () => {
    const { page, canned } = await open('alerts');
    const rows = () => page.getByTestId('pool-row').evaluateAll((all) => all.map((row) => row.dataset['poolId'] ?? ''));
    const before = await rows();
    await page.getByTestId('pool-row').nth(1).hover();
    canned.show('reordered');
    await expect.poll(() => page.locator('#pools .section-note').innerText()).toContain('kept');
    expect(await rows()).toEqual(before);
    await page.mouse.move(5, 5);
    await expect.poll(rows).toEqual([...before].reverse());
  });

  it('keeps the chosen theme over a reload', async () => {
    const { page, canned } = await open('steady');
    const shown = () => page.evaluate(() => document.documentElement.dataset['theme']);
    await page.getByRole('button', { name: 'Theme: as the system' }).click();
    await page.getByRole('button', { name: 'Theme: light' }).click();
    expect(await shown()).toBe('dark');
    await page.goto(canned.url);
    await page.getByTestId('worst-pool').waitFor();
    expect(await shown()).toBe('dark');
  });
});
