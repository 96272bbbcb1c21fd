/** The views beside the dashboard: the wall and the embed. */
import { mkdirSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { DASHBOARD_DIR } from '../../daemon/paths.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import { startCanned as startApi } from '../builders/api-server.js';
import { cannedPool, cannedStatus } from '../builders/wire-documents.js';
import { startCanned } from './canned.js';
import { launchChromium } from './chromium.js';
import {
  accessibilityProblems,
  missingNames,
  openPage,
  overflow,
  poorContrast,
  type PageOptions,
} from './page-checks.js';
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

async function expectGoodPage(page: Page, complaints: readonly string[]): Promise<void> {
  expect(await overflow(page)).toBe(0);
  expect(await poorContrast(page)).toEqual([]);
  expect(await missingNames(page)).toEqual([]);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(complaints).toEqual([]);
}

/** The texts that must be read from three metres: their size as a share of the height, and whether they are cut. */
function readTexts(page: Page) {
  return page.evaluate(() =>
    [
      ...document.querySelectorAll(
        '.wall-host, .wall-clock, .wall-word, .wall-pool .wall-name, .wall-held, .wall-share',
      ),
    ]
      .filter((element) => element.checkVisibility() && element.getBoundingClientRect().right <= innerWidth * 1.5)
      .map((element) => ({
        text: element.textContent,
        share: Number.parseFloat(getComputedStyle(element).fontSize) / innerHeight,
        isCut: element.getBoundingClientRect().right > innerWidth || element.scrollWidth > element.clientWidth + 1,
      })),
  );
}

describe('the wall', () => {
  const scenarios = ['exhausting', 'exhausted', 'climbing', 'bursty', 'leak', 'idle', 'many'] as const;
  it.each(
    scenarios.flatMap((scenario) =>
      (
        [
          [1280, 720],
          [3840, 2160],
        ] as const
      ).map((size) => [scenario, ...size] as const),
    ),
  )('shows %s in large letters at %i x %i px', async (scenario, width, height) => {
    const { page, complaints } = await open(scenario, '?view=wall', { width, height, theme: 'dark' });
    await page.locator('.wall-word').waitFor();
    const texts = await readTexts(page);
    expect(texts.length).toBeGreaterThanOrEqual(scenario === 'idle' ? 3 : 5);
    expect(texts.filter(({ share, isCut }) => share < 1 / 12 - 0.001 || isCut)).toEqual([]);
    await expectGoodPage(page, complaints);
  });
  it('has room for several pools', async () => {
    const { page, shoot } = await open('many', '?view=wall&theme=dark');
    await page.locator('.wall-row').first().waitFor();
    const inside = await page.locator('.wall-row').evaluateAll(
      (rows) =>
        rows.filter((row) => {
          const { left, bottom } = row.getBoundingClientRect();
          return left < innerWidth / 2 && bottom <= innerHeight;
        }).length,
    );
    expect(inside).toBeGreaterThanOrEqual(3);
    await shoot('wall-many-dark-1280');
  });
  it.each([
    [390, 844, 'light'],
    [320, 640, 'dark'],
    [844, 390, 'light'],
    [768, 1024, 'dark'],
  ] as const)('fits a screen of %i x %i px', async (width, height, theme) => {
    const { page, complaints, shoot } = await open('exhausting', '?view=wall', { width, height, theme });
    await page.locator('.wall-word').waitFor();
    expect((await readTexts(page)).filter(({ isCut }) => isCut)).toEqual([]);
    await expectGoodPage(page, complaints);
    await shoot(`wall-exhausting-${theme}-${width}`);
  });
  it('follows the theme of the address before that of the system', async () => {
    const { page } = await open('steady', '?view=wall&theme=dark', { theme: 'light' });
    await page.locator('.wall').waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });
  it('cannot be mistaken for the present while the connection is lost, and goes on after it', async () => {
    const { page, canned, shoot } = await open('exhausting', '?view=wall');
    const wall = page.getByTestId('wall');
    await expect.poll(() => wall.getAttribute('data-tone')).toBe('critical');
    canned.dropStreams(true);
    await expect
      .poll(() => wall.innerText(), { timeout: 30_000 })
      .toMatch(/No data for .*portcast does not answer\. Last seen at/s);
    expect(await page.locator('.wall-row, .wall-pool').count()).toBe(0);
    expect(await page.title()).toMatch(/^\? Unknown · /);
    await shoot('wall-lost-light-1280');
    canned.dropStreams(false);
    await expect.poll(() => wall.getAttribute('data-tone'), { timeout: 30_000 }).toBe('critical');
  });
});

const sampleOf = (version: string) => (): WireSample => ({
  status: { ...cannedStatus(), version },
  pools: [{ ...cannedPool(), sampledAt: new Date().toISOString() }],
  ports: [],
});

describe('with the server of the daemon', () => {
  async function startServer(embedFrom: readonly string[] = []) {
    const { api } = await startApi({}, { dashboardDir: DASHBOARD_DIR, embedFrom });
    cleanups.push(() => api.stop());
    api.publish(sampleOf('1.0.0'));
    return api;
  }
  /** A page on another origin that shows a frame. */
  async function startWiki(frameUrl: () => string) {
    const server = createServer((_, response) => {
      response.setHeader('content-type', 'text/html');
      response.end(
        `<!doctype html><title>wiki</title><iframe title="pool" width="240" height="260" src="${frameUrl()}">`,
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    cleanups.push(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('the wall loads itself anew when portcast was updated', async () => {
    const api = await startServer();
    const { page, context } = await openPage(browser, `${api.url}/?view=wall`);
    cleanups.push(() => context.close());
    await page.locator('.wall-word').waitFor();
    await page.evaluate(() => {
      document.body.dataset['mark'] = 'before';
    });
    api.publish(sampleOf('1.0.0'));
    api.publish(sampleOf('1.1.0'));
    await expect.poll(() => page.evaluate(() => document.body.dataset['mark']).catch(() => 'busy')).toBeUndefined();
    await page.locator('.wall-word').waitFor();
  });

  it('the embed stands in the frame of a configured page, and nothing else does', async () => {
    let path = `/?view=embed&pool=${POOL}`;
    let apiUrl = '';
    const wiki = await startWiki(() => apiUrl + path);
    const api = await startServer([wiki]);
    apiUrl = api.url;
    const { page, context, complaints } = await openPage(browser, wiki);
    cleanups.push(() => context.close());
    const frame = page.frameLocator('iframe');
    await expect.poll(() => frame.getByTestId('embed').innerText()).toMatch(/10\.0\.0\.2:443/);
    expect(complaints).toEqual([]);
    path = '/?view=wall';
    await page.reload();
    await expect.poll(() => complaints.join()).toMatch(/frame-ancestors/);
    expect(await frame.getByTestId('wall').count()).toBe(0);
  });
});

describe('the embed', () => {
  it.each([240, 320, 600])('shows a pool at %i px', async (width) => {
    for (const theme of ['light', 'dark'] as const) {
      const { page, complaints, shoot } = await open('exhausting', `?view=embed&pool=${POOL}`, {
        width,
        height: 260,
        theme,
      });
      const embed = page.getByTestId('embed');
      await expect.poll(() => embed.innerText()).toMatch(/10\.0\.0\.2:443[^]*[Rr]uns? out/);
      await page.locator('.spark-line').waitFor();
      expect(await embed.getByRole('link').first().getAttribute('href')).toBe(`./#/pool/${POOL}`);
      expect(await page.locator('.spark table tr').count()).toBeGreaterThan(3);
      await expectGoodPage(page, complaints);
      await shoot(`embed-${theme}-${width}`);
    }
  });
  it('says so when the pool is unknown, and what to do when none is named', async () => {
    const unknown = await open('steady', '?view=embed&pool=no-such-pool', { width: 320 });
    await expect.poll(() => unknown.page.getByTestId('embed').innerText()).toMatch(/knows no pool no-such-pool/);
    const none = await open('steady', '?view=embed', { width: 240 });
    await expect.poll(() => none.page.getByTestId('embed').innerText()).toMatch(/No pool is named[^]*10\.0\.0\.2:443/);
    await none.page.getByRole('link', { name: '10.0.0.2:443' }).click();
    await expect.poll(() => none.page.getByTestId('embed-headline').innerText()).toContain('Steady');
  });
});

describe('a view that does not exist', () => {
  it('is the overview with a notice', async () => {
    const { page } = await open('steady', '?view=walls');
    await page.getByTestId('worst-pool').waitFor();
    expect(await page.locator('.notices').innerText()).toContain('There is no view "walls"; there are wall and embed');
  });
});
