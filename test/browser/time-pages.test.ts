/** The pages of a pool and of a port series in a real Chromium: what they show, their tables, gaps and time zones. */
import { describe, expect, it } from 'vitest';
import { GONE_ID } from './canned-pages.js';
import { expectGood, keepBrowser, openCanned as open, shoot, WIDTHS } from './open-page.js';
import { accessibilityProblems, drawnPixels, overflow } from './page-checks.js';
import type { Scenario } from './scenarios.js';
import { DRAWN, openPool, POOL } from './time-pages.js';

keepBrowser();

interface PageCase {
  readonly name: string;
  readonly scenario: Scenario;
  readonly hash: string;
  readonly text: RegExp;
  readonly chart: string | null;
}

const PAGES: readonly PageCase[] = [
  {
    name: 'pool',
    scenario: 'draining',
    hash: POOL,
    text: /Ports come free[^]*Come free[^]*contained the instant/,
    chart: 'chart-used',
  },
  {
    name: 'pool-gone',
    scenario: 'steady',
    hash: `#/pool/${GONE_ID}`,
    text: /10\.0\.9\.9:443[^]*Gone since/,
    chart: null,
  },
  { name: 'pool-unknown', scenario: 'steady', hash: '#/pool/nope', text: /No pool of this name/, chart: null },
  {
    name: 'port',
    scenario: 'steady',
    hash: '#/port/in_host_8080',
    text: /:8080[^]*10\.7\.0\.3[^]*12 other addresses/,
    chart: 'chart-states',
  },
  {
    name: 'port-find',
    scenario: 'steady',
    hash: '#/port?find=443',
    text: /Port 443[^]*10\.0\.9\.9:443[^]*gone/,
    chart: null,
  },
];

describe.each(PAGES)('the page $name', ({ name, scenario, hash, text, chart }) => {
  it.each(
    WIDTHS.flatMap((width) => [
      { width, theme: 'light' as const },
      { width, theme: 'dark' as const },
    ]),
  )('at $width px, $theme', async (options) => {
    const watched = await open(scenario, hash, options);
    const { page } = watched;
    await expect.poll(() => page.locator('main').innerText()).toMatch(text);
    if (chart !== null) await expect.poll(() => drawnPixels(page, chart)).toBeGreaterThan(DRAWN);
    if (options.width === 390 || options.width === 1440) {
      await shoot(page, `${name}-${options.width}-${options.theme}`);
    }
    // The browser itself reports an answer of 404.
    await expectGood(watched, /404/);
  });
});

describe('forced colours and reduced motion', () => {
  it('keep the bars and the charts, and nothing moves', async () => {
    const { page } = await openPool({ forcedColors: true });
    const fills = await page
      .locator('.bar')
      .evaluateAll((bars) => [
        ...new Set(bars.map((bar) => `${bar.classList.item(1) ?? ''} ${getComputedStyle(bar).fill}`)),
      ]);
    expect(fills).toHaveLength(2);
    expect(new Set(fills.map((fill) => fill.replace(/^\S+ /, ''))).size).toBe(2);
    expect(await page.evaluate(() => document.getAnimations().length)).toBe(0);
    expect(await overflow(page)).toBe(0);
  });
});

describe('the tables', () => {
  it('behind the charts, the marks, the schedule and the score have their rows', async () => {
    const { page, complaints } = await openPool({ width: 390 });
    for (const id of ['event-table', 'history-table', 'schedule-table', 'score-table']) {
      expect(await page.getByTestId(id).getByRole('table').count()).toBe(0);
      await page.getByTestId(id).locator('summary').focus();
      await page.keyboard.press('Enter');
      await expect.poll(() => page.getByTestId(id).getByRole('row').count()).toBeGreaterThan(1);
    }
    expect(await page.getByTestId('event-table').innerText()).toMatch(/Alert[^]*Imminent, critical: fired, resolved/);
    expect(await page.getByTestId('event-table').innerText()).toContain('14,312 connects failed');
    await expect(
      page.getByTestId('event-table').getByRole('link', { name: 'Incident' }).getAttribute('href'),
    ).resolves.toBe('#/incidents/incident-1');
    expect(await page.getByTestId('history-table').getByRole('row').count()).toBeLessThanOrEqual(61);
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(complaints).toEqual([]);
  });
});

describe('gaps', () => {
  it('have no line across', async () => {
    const { page } = await open('steady', `${POOL}?range=24h`, { width: 1280 });
    await expect.poll(() => drawnPixels(page, 'chart-used')).toBeGreaterThan(DRAWN);
    // The canned history has a gap from 42% to 48% of the 36 h that are requested for 24 h.
    const inked = await page.getByTestId('chart-used').evaluate((chart) => {
      const canvas = chart.querySelector('canvas');
      const over = chart.querySelector('.u-over');
      const pen = canvas?.getContext('2d');
      if (!canvas || !over || !pen) return [];
      const ratio = canvas.width / canvas.clientWidth;
      const left = over.getBoundingClientRect().left - canvas.getBoundingClientRect().left;
      return [0.05, 0.15, 0.17, 0.19, 0.5].map((share) => {
        const x = Math.round((left + over.clientWidth * share) * ratio);
        const { data } = pen.getImageData(x, 0, 1, Math.round(over.clientHeight * ratio));
        let blue = 0;
        for (let at = 0; at < data.length; at += 4) {
          if ((data[at + 2] ?? 0) > (data[at] ?? 0) + 60 && (data[at + 3] ?? 0) > 200) blue += 1;
        }
        return blue > 0;
      });
    });
    expect(inked).toEqual([true, false, false, false, true]);
  });
});

describe('the time zone', () => {
  it('is that of the browser, and UTC at a key', async () => {
    const { page } = await openPool({ timeZone: 'Asia/Kolkata' });
    const readout = (): Promise<string> => page.locator('.plot-readout').first().innerText();
    const minutes = async (): Promise<number> => {
      const [, hour = '0', minute = '0'] = /^(\d\d):(\d\d)/.exec(await readout()) ?? [];
      return Number(hour) * 60 + Number(minute);
    };
    const zone = page.getByTestId('zone');
    expect(await zone.getAttribute('aria-label')).toContain('Times in Asia/Calcutta (UTC+05:30)');
    const local = await minutes();
    await page.keyboard.press('u');
    await expect.poll(() => zone.innerText()).toBe('UTC');
    await expect.poll(async () => (local - (await minutes()) + 1440) % 1440).toBeLessThanOrEqual(330);
    await expect.poll(async () => (local - (await minutes()) + 1440) % 1440).toBeGreaterThanOrEqual(328);
    await zone.click();
    await expect.poll(() => zone.innerText()).toBe('UTC+05:30');
  });

  it('does not change while somebody types', async () => {
    const { page } = await open('steady', '#/port?find=443', { timeZone: 'Asia/Kolkata' });
    await page.getByRole('textbox', { name: 'Find port' }).fill('');
    await page.keyboard.type('u');
    expect(await page.getByTestId('zone').innerText()).toBe('UTC+05:30');
  });
});

describe('the search for a port', () => {
  it('leads from the overview to the series of the number', async () => {
    const { page } = await open('steady', '#/');
    await page.getByRole('textbox', { name: 'Find port' }).fill('443');
    await page.keyboard.press('Enter');
    await page.getByTestId('found-ports').waitFor();
    expect(new URL(page.url()).hash).toBe('#/port?find=443');
    await page.getByTestId('found-ports').getByRole('link').first().click();
    await page.getByTestId('chart-states').waitFor();
  });

  it.each([
    ['http', /"http" is no port: ports are whole numbers from 0 to 65535/],
    ['70000', /"70000" is no port/],
    ['9', /No socket of this port was ever seen here/],
  ])('says what is wrong with %s', async (port, text) => {
    const { page } = await open('steady', `#/port?find=${port}`);
    await expect.poll(() => page.locator('main').innerText()).toMatch(text);
  });
});
