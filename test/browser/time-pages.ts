/** Opens the pages of a pool and of a port series on canned answers, for the tests of them. */
import type { Page } from 'playwright-core';
import { expect } from 'vitest';
import { openCanned, POOL_ID } from './open-page.js';
import { drawnPixels, type PageOptions, type Watched } from './page-checks.js';

export const POOL = `#/pool/${POOL_ID}`;
export const MINUTE_MS = 60_000;
/** Axes, grid and a line have several thousand pixels. */
export const DRAWN = 2_000;

export async function openPool(options: PageOptions = {}, params = ''): Promise<Watched> {
  const watched = await openCanned('draining', POOL + params, options);
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
