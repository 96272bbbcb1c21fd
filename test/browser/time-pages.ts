/** Opens the pages of a pool and of a port series on canned answers, for the tests of them. */
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect } from 'vitest';
import { startCanned, type Canned } from './canned.js';
import { launchChromium } from './chromium.js';
import { drawnPixels, openPage, type PageOptions, type Watched } from './page-checks.js';
import type { Scenario } from './scenarios.js';

export const POOL = '#/pool/connect_host_10.0.0.1_10.0.0.2_443';
export const MINUTE_MS = 60_000;
/** Axes, grid and a line have several thousand pixels. */
export const DRAWN = 2_000;

let browser: Browser;
const opened: { canned: Canned; watched: Watched }[] = [];

/** To be called once in a test file: what a test opens is closed after it. */
export function keepBrowser(): void {
  beforeAll(async () => {
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
  afterEach(async () => {
    for (const { canned, watched } of opened.splice(0)) {
      await watched.context.close();
      await canned.close();
    }
  });
}

export async function open(scenario: Scenario, hash: string, options: PageOptions = {}): Promise<Watched> {
  const canned = await startCanned(scenario, 500);
  const watched = await openPage(browser, canned.url + hash, options);
  opened.push({ canned, watched });
  return watched;
}

export async function openPool(options: PageOptions = {}, params = ''): Promise<Watched> {
  const watched = await open('draining', POOL + params, options);
  await expect.poll(() => drawnPixels(watched.page, 'chart-used')).toBeGreaterThan(DRAWN);
  return watched;
}

/** The spans of the histories that are requested from now on, newest last. */
export function watchHistories(page: Page): { fromMs: number; toMs: number; points: number }[] {
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

export const shownSpan = (page: Page): Promise<string> => page.getByTestId('shown-span').innerText();
