/** The pages of a pool and of a port series in a real Chromium: what they show, zoom and touch, tables, time zones. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startCanned, type Canned } from './canned.js';
import { GONE_ID } from './canned-pages.js';
import { launchChromium } from './chromium.js';
import {
  accessibilityProblems,
  drawnPixels,
  missingNames,
  openPage,
  overflow,
  poorContrast,
  tabTo,
  type PageOptions,
  type Watched,
} from './page-checks.js';
import type { Scenario } from './scenarios.js';

const SHOTS = join(import.meta.dirname, 'shots');
const POOL = '#/pool/connect_host_10.0.0.1_10.0.0.2_443';
const WIDTHS = [320, 390, 768, 1024, 1440];
const MINUTE_MS = 60_000;
/** Axes, grid and a line have several thousand pixels. */
const DRAWN = 2_000;

let browser: Browser;
const opened: { canned: Canned; watched: Watched }[] = [];

beforeAll(async () => {
  browser = await launchChromium();
  mkdirSync(SHOTS, { recursive: true });
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const { canned, watched } of opened.splice(0)) {
    await watched.context.close();
    await canned.close();
  }
});

async function open(scenario: Scenario, hash: string, options: PageOptions = {}): Promise<Watched> {
  const canned = await startCanned(scenario, 500);
  const watched = await openPage(browser, canned.url + hash, options);
  opened.push({ canned, watched });
  return watched;
}

async function openPool(options: PageOptions = {}, params = ''): Promise<Watched> {
  const watched = await open('draining', POOL + params, options);
  await expect.poll(() => drawnPixels(watched.page, 'chart-used')).toBeGreaterThan(DRAWN);
  return watched;
}

/** The spans of the histories that are requested from now on, newest last. */
function watchHistories(page: Page): { fromMs: number; toMs: number; points: number }[] {
  const spans: { fromMs: number; toMs: number; points: number }[] = [];
  page.on('request', (request) => {
    const url = new URL(request.url());
    if (!url.pathname.endsWith('/history')) return;
    const [fromMs = 0, toMs = 0, points = 0] = ['from', 'to', 'points'].map((name) =>
      Number(url.searchParams.get(name)),
    );
    spans.push({ fromMs, toMs, points });
  });
  return spans;
}

const shownSpan = (page: Page): Promise<string> => page.getByTestId('shown-span').innerText();

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
    const { page, complaints } = await open(scenario, hash, options);
    await expect.poll(() => page.locator('main').innerText()).toMatch(text);
    if (chart !== null) await expect.poll(() => drawnPixels(page, chart)).toBeGreaterThan(DRAWN);
    if (options.width === 390 || options.width === 1440) {
      await page.screenshot({ path: join(SHOTS, `${name}-${options.width}-${options.theme}.png`), fullPage: true });
    }
    expect(await overflow(page)).toBe(0);
    expect(await poorContrast(page)).toEqual([]);
    expect(await missingNames(page)).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    // The browser itself reports an answer of 404.
    expect(complaints.filter((complaint) => !complaint.includes('404'))).toEqual([]);
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

describe('zoom', () => {
  it('by dragging requests the span with finer steps, and a double click resets', async () => {
    const { page, complaints } = await openPool({ width: 1280 }, '?range=24h');
    const spans = watchHistories(page);
    const box = await page.getByTestId('chart-used').locator('.u-over').boundingBox();
    if (box === null) throw new Error('the chart has no size');
    await page.mouse.move(box.x + box.width * 0.5, box.y + 50);
    await page.mouse.down();
    await page.mouse.move(box.x + box.width * 0.6, box.y + 60, { steps: 5 });
    await page.mouse.up();
    await expect.poll(() => shownSpan(page)).toMatch(/\(2 h 2[345] min\)/);
    await expect.poll(() => spans.length).toBeGreaterThan(0);
    const { fromMs, toMs, points } = spans.at(-1) ?? { fromMs: 0, toMs: 0, points: 1 };
    // A tenth of a day, and half of that on each side.
    expect((toMs - fromMs) / MINUTE_MS).toBeGreaterThan(280);
    expect((toMs - fromMs) / MINUTE_MS).toBeLessThan(296);
    expect((toMs - fromMs) / points).toBeLessThan(10_000);
    await expect.poll(() => new URL(page.url()).hash).toMatch(/\?from=\d+&to=\d+$/);
    await page.mouse.dblclick(box.x + 200, box.y + 60);
    await expect.poll(() => shownSpan(page)).toBe('The last 24 h, up to now');
    expect(complaints).toEqual([]);
  });

  it('by keyboard: plus and minus, arrows, reset', async () => {
    const { page } = await openPool({}, '?range=1h');
    await page.getByRole('group', { name: /^Charts/ }).focus();
    await page.keyboard.press('+');
    await expect.poll(() => shownSpan(page)).toMatch(/\(30 min\)/);
    await page.keyboard.press('ArrowLeft');
    await page.keyboard.press('+');
    await expect.poll(() => shownSpan(page)).toMatch(/\(15 min\)/);
    await page.keyboard.press('-');
    await expect.poll(() => shownSpan(page)).toMatch(/\(30 min\)/);
    await page.keyboard.press('0');
    await expect.poll(() => shownSpan(page)).toBe('The last 1 h, up to now');
  });

  it('by buttons that Tab reaches', async () => {
    const { page } = await openPool({}, '?range=1h');
    await tabTo(page, '1 y');
    await page.keyboard.press('Tab');
    await page.keyboard.press('Tab');
    expect(await page.evaluate(() => document.activeElement?.getAttribute('aria-label'))).toBe('Zoom in');
    await page.keyboard.press('Enter');
    await expect.poll(() => shownSpan(page)).toMatch(/\(30 min\)/);
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => shownSpan(page)).toBe('The last 1 h, up to now');
  });

  it('by two fingers, and one finger moves', async () => {
    const { page, context } = await openPool({ width: 390, touch: true }, '?range=1h');
    await page.getByTestId('chart-used').scrollIntoViewIfNeeded();
    const box = await page.getByTestId('chart-used').locator('.u-over').boundingBox();
    if (box === null) throw new Error('the chart has no size');
    const client = await context.newCDPSession(page);
    const touch = async (type: 'touchStart' | 'touchMove' | 'touchEnd', places: readonly number[]): Promise<void> => {
      const touchPoints = places.map((place, id) => ({ x: box.x + box.width * place, y: box.y + 80, id }));
      await client.send('Input.dispatchTouchEvent', { type, touchPoints });
    };
    await touch('touchStart', [0.4, 0.6]);
    for (const spread of [0.12, 0.14, 0.16, 0.18, 0.2]) await touch('touchMove', [0.5 - spread, 0.5 + spread]);
    await touch('touchEnd', []);
    await expect.poll(() => shownSpan(page)).toMatch(/\((2[89]|3\d) min/);
    const before = await shownSpan(page);
    await touch('touchStart', [0.3]);
    for (const place of [0.35, 0.4, 0.5, 0.6]) await touch('touchMove', [place]);
    await touch('touchEnd', []);
    await expect.poll(() => shownSpan(page)).not.toBe(before);
    expect(await shownSpan(page)).toMatch(/\((2[89]|3\d) min/);
  });

  it('keeps one canvas for each chart, whatever is shown', async () => {
    const { page } = await openPool();
    await page.evaluate(() =>
      document.querySelectorAll('canvas').forEach((canvas) => (canvas.dataset['kept'] = 'yes')),
    );
    for (const name of ['7 d', '1 y', 'Live', '1 h']) {
      const answered = page.waitForResponse((response) => response.url().includes('/history?'));
      await page.getByRole('button', { name, exact: true }).click();
      await answered;
    }
    expect(await page.locator('canvas').count()).toBe(3);
    expect(await page.locator('canvas[data-kept]').count()).toBe(3);
  });
});

describe('the address', () => {
  it('opens the time around an instant, and marks it', async () => {
    const atMs = Date.now() - 30 * MINUTE_MS;
    const { page } = await openPool({}, `?at=${atMs}`);
    expect(await shownSpan(page)).toMatch(/\(20 min\)/);
    await page.getByTestId('event-table').locator('summary').click();
    expect(await page.getByTestId('event-table').innerText()).toContain(
      'The instant that the address of this page points at',
    );
  });

  it('that makes no sense shows the first range and says why', async () => {
    const { page } = await openPool({}, '?from=9&to=5');
    expect(await page.locator('main').innerText()).toContain('from is not before to. The last 15 min are shown.');
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
    expect(await page.locator('main').innerText()).toContain('Times in Asia/Calcutta (UTC+05:30)');
    const local = await minutes();
    await page.keyboard.press('u');
    await expect.poll(() => page.locator('main').innerText()).toContain('Times in UTC');
    await expect.poll(async () => (local - (await minutes()) + 1440) % 1440).toBeLessThanOrEqual(330);
    await expect.poll(async () => (local - (await minutes()) + 1440) % 1440).toBeGreaterThanOrEqual(328);
    await page.getByRole('button', { name: 'Show the time of this browser' }).click();
    await expect.poll(() => page.locator('main').innerText()).toContain('UTC+05:30');
  });

  it('does not change while somebody types', async () => {
    const { page } = await open('steady', '#/port?find=443', { timeZone: 'Asia/Kolkata' });
    await page.getByRole('textbox', { name: 'Find port' }).fill('');
    await page.keyboard.type('u');
    expect(await page.locator('main').innerText()).toContain('UTC+05:30');
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

describe('the memory of the page', () => {
  it('stays flat when ranges are switched 200 times', async () => {
    const { page, context } = await openPool({ width: 768 });
    const client = await context.newCDPSession(page);
    await client.send('Performance.enable');
    const measure = async () => {
      await client.send('HeapProfiler.collectGarbage');
      const { metrics } = await client.send('Performance.getMetrics');
      const read = (name: string): number => metrics.find((metric) => metric.name === name)?.value ?? 0;
      return { nodes: read('Nodes'), listeners: read('JSEventListeners'), heap: read('JSHeapUsedSize') };
    };
    const switchRanges = async (count: number): Promise<void> => {
      for (let index = 0; index < count; index += 1) {
        const name = ['1 h', '24 h', '7 d', '30 d', '15 min'][index % 5] ?? '1 h';
        const answered = page.waitForResponse((response) => response.url().includes('/history?'));
        await page.getByRole('button', { name, exact: true }).click();
        await answered;
      }
    };
    await switchRanges(20);
    const before = await measure();
    await switchRanges(200);
    const after = await measure();
    expect(after.listeners).toBeLessThanOrEqual(before.listeners + 20);
    expect(after.nodes).toBeLessThanOrEqual(before.nodes + 200);
    expect(after.heap - before.heap).toBeLessThan(3_000_000);
  });
});
