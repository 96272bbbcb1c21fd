/** The views beside the dashboard: the wall and the embed. */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Locator, Page } from 'playwright-core';
import { describe, expect, it, onTestFinished } from 'vitest';
import { DASHBOARD_DIR } from '../../daemon/paths.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import { startCanned as startApi } from '../builders/api-server.js';
import { cannedPool, cannedStatus } from '../builders/wire-documents.js';
import { expectGood, keepBrowser, openCanned as open, openUrl, POOL_ID, shoot } from './open-page.js';

keepBrowser();

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

const readColor = (part: Locator, property: 'backgroundColor' | 'stroke'): Promise<string> =>
  part.evaluate((element, name) => getComputedStyle(element)[name], property);
const readGround = (page: Page): Promise<string> => readColor(page.locator('body'), 'backgroundColor');

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
    const opened = await open(scenario, '?view=wall', { width, height, theme: 'dark' });
    const { page } = opened;
    await page.locator('.wall-word').waitFor();
    const texts = await readTexts(page);
    expect(texts.length).toBeGreaterThanOrEqual(scenario === 'idle' ? 3 : 5);
    expect(texts.filter(({ share, isCut }) => share < 1 / 12 - 0.001 || isCut)).toEqual([]);
    await expectGood(opened);
  });
  it('has room for several pools', async () => {
    const { page } = await open('many', '?view=wall&theme=dark', { height: 720 });
    await page.locator('.wall-row').first().waitFor();
    const inside = await page.locator('.wall-row').evaluateAll(
      (rows) =>
        rows.filter((row) => {
          const { left, bottom } = row.getBoundingClientRect();
          return left < innerWidth / 2 && bottom <= innerHeight;
        }).length,
    );
    expect(inside).toBeGreaterThanOrEqual(3);
    await shoot(page, 'wall-many-dark-1280');
  });
  it.each([
    [390, 844, 'light'],
    [320, 640, 'dark'],
    [844, 390, 'light'],
    [768, 1024, 'dark'],
  ] as const)('fits a screen of %i x %i px', async (width, height, theme) => {
    const opened = await open('exhausting', '?view=wall', { width, height, theme });
    const { page } = opened;
    await page.locator('.wall-word').waitFor();
    expect((await readTexts(page)).filter(({ isCut }) => isCut)).toEqual([]);
    await expectGood(opened);
    await shoot(page, `wall-exhausting-${theme}-${width}`);
  });
  it.each([
    ['exhausting', 'critical'],
    ['many', 'warning'],
    ['steady', 'calm'],
  ] as const)('keeps sign, words and bars of %s in forced colours', async (scenario, tone) => {
    const opened = await open(scenario, '?view=wall', { height: 720, forcedColors: true });
    const { page } = opened;
    await page.locator('.wall-bar').waitFor();
    expect(await page.locator('.wall-verdict .tone-sign').isVisible()).toBe(true);
    expect(await page.getByTestId('wall').getAttribute('data-tone')).toBe(tone);
    const bar = page.locator('.wall-bar');
    expect(await readColor(bar.locator('span'), 'backgroundColor')).not.toBe(await readGround(page));
    expect(await bar.evaluate((element) => getComputedStyle(element).borderTopWidth)).not.toBe('0px');
    for (const [width, height] of [
      [1280, 720],
      [390, 844],
      [320, 640],
    ] as const) {
      await page.setViewportSize({ width, height });
      expect((await readTexts(page)).filter(({ isCut }) => isCut)).toEqual([]);
      await expectGood(opened);
    }
    await shoot(page, `wall-${scenario}-forced-320`);
  });
  it('follows the theme of the address before that of the system', async () => {
    const { page } = await open('steady', '?view=wall&theme=dark', { theme: 'light' });
    await page.locator('.wall').waitFor();
    expect(await page.evaluate(() => document.documentElement.dataset['theme'])).toBe('dark');
  });
  it('cannot be mistaken for the present while the connection is lost, and goes on after it', async () => {
    const { page, canned } = await open('exhausting', '?view=wall');
    const wall = page.getByTestId('wall');
    await expect.poll(() => wall.getAttribute('data-tone')).toBe('critical');
    canned.dropStreams(true);
    await expect
      .poll(() => wall.innerText(), { timeout: 30_000 })
      .toMatch(/No data for .*portcast does not answer\. Last seen at/s);
    expect(await page.locator('.wall-row, .wall-pool').count()).toBe(0);
    expect(await page.title()).toMatch(/^\? Unknown · /);
    await shoot(page, 'wall-lost-light-1280');
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
    onTestFinished(() => api.stop());
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
    onTestFinished(async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    });
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  it('the wall loads itself anew when portcast was updated', async () => {
    const api = await startServer();
    const { page } = await openUrl(`${api.url}/?view=wall`);
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
    let path = `/?view=embed&pool=${POOL_ID}`;
    let apiUrl = '';
    const wiki = await startWiki(() => apiUrl + path);
    const api = await startServer([wiki]);
    apiUrl = api.url;
    const { page, complaints } = await openUrl(wiki);
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
      const opened = await open('exhausting', `?view=embed&pool=${POOL_ID}`, {
        width,
        height: 260,
        theme,
      });
      const { page } = opened;
      const embed = page.getByTestId('embed');
      await expect.poll(() => embed.innerText()).toMatch(/10\.0\.0\.2:443[^]*[Rr]uns? out/);
      await page.locator('.spark-line').waitFor();
      expect(await embed.getByRole('link').first().getAttribute('href')).toBe(`./#/pool/${POOL_ID}`);
      expect(await page.locator('.spark table tr').count()).toBeGreaterThan(3);
      await expectGood(opened);
      await shoot(page, `embed-${theme}-${width}`);
    }
  });
  it('keeps its sign and its lines in forced colours at all widths', async () => {
    const opened = await open('exhausting', `?view=embed&pool=${POOL_ID}`, { height: 260, forcedColors: true });
    const { page } = opened;
    await page.locator('.spark-line').waitFor();
    expect(await page.locator('.embed-headline .tone-sign').isVisible()).toBe(true);
    const ground = await readGround(page);
    const inks = await Promise.all(
      ['line', 'forecast', 'limit'].map((part) => readColor(page.locator(`.spark-${part}`), 'stroke')),
    );
    expect(new Set([...inks, ground]).size).toBe(4);
    for (const width of [240, 320, 600]) {
      await page.setViewportSize({ width, height: 260 });
      await expectGood(opened);
    }
    await shoot(page, 'embed-forced-600');
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
