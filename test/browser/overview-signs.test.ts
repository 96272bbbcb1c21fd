/** What the overview says: one status sign, one time zone, dots for what is uncertain, announcements, search, long lists. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { TO_SECOND } from './clock.js';
import { keepBrowser, openCanned, type CannedPage } from './open-page.js';
import { accessibilityProblems, type PageOptions } from './page-checks.js';
import type { Scenario } from './scenarios.js';

keepBrowser();

async function open(scenario: Scenario, options: PageOptions = {}): Promise<CannedPage> {
  const opened = await openCanned(scenario, '', options);
  await opened.page.getByTestId('worst-pool').waitFor();
  return opened;
}

const sign = (page: Page) => page.getByTestId('host-sign').getAttribute('data-sign');

describe('the status sign', () => {
  it.each([
    ['steady', 'ok'],
    ['degraded', 'ok'],
    ['idle', 'ok'],
    ['own', 'ok'],
    ['leak', 'at_risk'],
    ['exhausted', 'out_of_ports'],
    ['blind', 'unknown'],
  ] as const)('of %s is %s, and nothing else in the header looks well', async (scenario, expected) => {
    const { page } = await open(scenario);
    await expect.poll(() => sign(page)).toBe(expected);
    const header = await page.locator('.header').innerText();
    expect(header).not.toMatch(/\bLive\b/);
    expect(await page.locator('.header .badge').count()).toBe(1);
  });

  it('is unknown while the connection is lost, and the page is grey and counts down no more', async () => {
    const { page, canned } = await open('exhausting');
    await expect.poll(() => sign(page)).toBe('at_risk');
    canned.dropStreams(true);
    await expect.poll(() => sign(page), { timeout: 20_000 }).toBe('unknown');
    const filter = () => page.getByTestId('worst-pool').evaluate((element) => getComputedStyle(element).filter);
    expect(await filter()).toBe('grayscale(1)');
    const text = () => page.getByTestId('worst-pool').locator('.worst-pool-text').innerText();
    const shown = await text();
    expect(shown).toMatch(
      new RegExp(String.raw`Unknown since ${TO_SECOND}\s+The last sample showed: Runs out in \d+ s`),
    );
    await page.waitForTimeout(2500);
    expect(await text()).toBe(shown);
    canned.dropStreams(false);
    await expect.poll(() => sign(page), { timeout: 30_000 }).not.toBe('unknown');
    expect(await filter()).toBe('none');
  });
});

describe('an uncertain instant', () => {
  it('has 20 dots and an interval in place of a countdown', async () => {
    const { page } = await open('leak');
    const dots = page.getByTestId('exhaustion-dots');
    await dots.waitFor();
    expect(await dots.locator('circle').count()).toBe(20);
    expect(await dots.locator('.dot-never').count()).toBe(5);
    expect(await page.getByTestId('worst-pool').innerText()).not.toMatch(/Runs out in/);
    const rows = dots.getByRole('row');
    expect(await rows.last().innerText()).toMatch(/15$/);
    expect(await page.getByTestId('pool-row').first().innerText()).toMatch(/ to /);
  });

  it('has a countdown and no dots where it is known well', async () => {
    const { page } = await open('exhausting');
    await expect.poll(() => page.getByTestId('worst-pool').innerText()).toMatch(/Runs out in \d+ s/);
    expect(await page.getByTestId('exhaustion-dots').count()).toBe(0);
  });

  it('has no dots while the sample is out of date', async () => {
    const { page, canned } = await open('leak');
    await page.getByTestId('exhaustion-dots').waitFor();
    canned.show('blind');
    await expect.poll(() => page.getByTestId('exhaustion-dots').count()).toBe(0);
  });
});

describe('the time zone', () => {
  it('is one on the whole page, named, and can be changed to UTC for good', async () => {
    const { page } = await open('steady', { timeZone: 'Asia/Kolkata' });
    const zone = page.getByTestId('zone');
    await zone.waitFor();
    expect(await zone.innerText()).toBe('UTC+05:30');
    expect(await zone.getAttribute('aria-label')).toContain('(UTC+05:30)');
    const instant = page.getByTestId('alerts').locator('time').first();
    await instant.waitFor();
    const [iso, local] = [await instant.getAttribute('datetime'), await instant.innerText()];
    expect(local).not.toContain((iso ?? '').slice(11, 16));
    await zone.press('Enter');
    expect(await zone.innerText()).toBe('UTC');
    expect(await instant.innerText()).toContain((iso ?? '').slice(11, 16));
    expect(await page.locator('.plot-readout').first().innerText()).toContain(new Date().toISOString().slice(11, 14));
    await page.reload();
    await zone.waitFor();
    expect(await zone.innerText()).toBe('UTC');
  });
});

describe('a screen reader', () => {
  it('is told of a new alert once, and at once where a pool is out of ports', async () => {
    const { page, canned } = await open('steady');
    const announcer = page.getByTestId('announcer');
    const [polite, urgent] = [announcer.getByRole('status'), announcer.getByRole('alert')];
    expect([await polite.innerText(), await urgent.innerText()]).toEqual(['', '']);
    canned.show('alerts');
    await expect.poll(() => polite.innerText()).toMatch(/^critical alert: 10\.0\.0\.2:443 runs out/);
    await polite.evaluate((element) => {
      new MutationObserver(() => element.setAttribute('data-repeated', '')).observe(element, {
        childList: true,
        subtree: true,
        characterData: true,
      });
    });
    await page.waitForTimeout(1500);
    expect(await polite.getAttribute('data-repeated')).toBeNull();
    expect(await urgent.innerText()).toBe('');
  });
});

describe('portcast itself', () => {
  it('has its own connections marked, out of the ranking and last in the table', async () => {
    const { page } = await open('own');
    expect(await page.getByTestId('worst-pool').getAttribute('data-pool-id')).toContain('10.0.0.2_443');
    const rows = page.getByTestId('pool-row');
    expect(await rows.filter({ hasText: ':9470' }).innerText()).toContain('viewers of portcast');
    expect(await rows.filter({ hasText: ':587' }).innerText()).toContain('portcast’s own');
    expect(await rows.first().innerText()).not.toContain('portcast');
  });

  it('keeps the row of a pool that is gone while its alert is not resolved', async () => {
    const { page } = await open('own');
    const row = page.getByTestId('pool-row').filter({ hasText: '10.0.4.4:8080' });
    expect(await row.innerText()).toMatch(new RegExp(`gone[^]*since ${TO_SECOND}`));
  });
});

describe('the search over pools', () => {
  it('finds pools that were not sent', async () => {
    const { page, complaints } = await open('many');
    const asked: string[] = [];
    page.on('request', (request) => {
      if (request.url().includes('search=')) asked.push(new URL(request.url()).searchParams.get('search') ?? '');
    });
    await page.getByLabel('Filter pools').fill(':8058');
    await expect.poll(() => page.getByTestId('pool-row').count()).toBe(1);
    expect(await page.locator('#pools .section-note').innerText()).toBe('1 of 312 destinations matches');
    expect([...new Set(asked)]).toEqual([':8058']);
    await page.getByLabel('Filter pools').fill('');
    await expect.poll(() => page.locator('#pools .section-note').innerText()).toBe('the 50 most at risk of 312');
    expect(complaints).toEqual([]);
  });

  it('filters what was sent where the server cannot search', async () => {
    const { page } = await open('many');
    await page.route('**/api/v1/pools?*', (route) => route.fulfill({ status: 400, json: { detail: 'unknown' } }));
    await page.getByLabel('Filter pools').fill('10.1.3. steady');
    await expect
      .poll(() => page.locator('#pools .section-note').innerText())
      .toBe('7 of 50 destinations match: only the 50 most at risk of 312 were searched');
    await expect.poll(() => page.getByTestId('pool-row').count()).toBe(7);
  });
});

describe('500 pools', () => {
  it('render only the rows near the window, and every row can be reached', async () => {
    const { page } = await open('crowd');
    await page.getByRole('button', { name: 'Show all 500' }).click();
    const rows = page.getByTestId('pool-row');
    await expect.poll(() => rows.count()).toBeGreaterThan(40);
    expect(await rows.count()).toBeLessThan(90);
    const table = page.getByTestId('pools-table');
    expect(await table.getAttribute('aria-rowcount')).toBe('501');
    await table.evaluate((element) => scrollTo({ top: element.getBoundingClientRect().bottom, behavior: 'instant' }));
    await expect.poll(() => rows.last().getAttribute('aria-rowindex')).toBe('501');
    expect(await rows.count()).toBeLessThan(90);
    expect(await accessibilityProblems(page)).toEqual([]);
  });

  it('can be walked by the arrow keys beyond the rows that were rendered first', async () => {
    const { page } = await open('crowd');
    await page.getByRole('button', { name: 'Show all 500' }).click();
    await page.getByTestId('pool-row').first().getByRole('link').focus();
    for (let presses = 0; presses < 120; presses += 1) {
      await page.keyboard.press('ArrowDown');
      if (presses % 10 === 9) await page.waitForTimeout(60);
    }
    const index = () =>
      page.evaluate(() => document.activeElement?.closest('tr')?.getAttribute('aria-rowindex') ?? 'lost');
    expect(await index()).toBe('122');
  });
});

describe('the last sections', () => {
  it('come after some seconds, and leave the window where the viewer has scrolled', async () => {
    const { page } = await openCanned('many', '#/pools');
    // The page scrolls to the pools once all but the last sections are drawn.
    await page.getByTestId('ports-table').waitFor();
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
    await page.evaluate(() => scrollTo({ top: 0, behavior: 'instant' }));
    await page.getByTestId('host-limits').waitFor({ state: 'attached' });
    await page.waitForTimeout(300);
    expect(await page.evaluate(() => scrollY)).toBe(0);
  });

  it('are there at once for an address that names them, and when the viewer scrolls down', async () => {
    const { page } = await openCanned('many', '#/host');
    await page.getByTestId('host-limits').waitFor();
    await expect.poll(() => page.evaluate(() => scrollY)).toBeGreaterThan(0);
    const scrolled = await open('many');
    await scrolled.page.evaluate(() => scrollTo({ top: document.body.scrollHeight, behavior: 'instant' }));
    await scrolled.page.getByTestId('host-limits').waitFor({ timeout: 3000 });
    expect(await scrolled.page.getByTestId('score').count()).toBe(1);
  });
});
