/** Zooming and moving the charts of a pool: mouse, keys, buttons, fingers, the address; and what that costs in memory. */
import { describe, expect, it } from 'vitest';
import { tabTo } from './page-checks.js';
import { keepBrowser } from './open-page.js';
import { MINUTE_MS, openPool, shownSpan, watchHistories } from './time-pages.js';

keepBrowser();

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
    await page.getByText('The instant that the address of this page points at').waitFor();
  });

  it('that makes no sense shows the first range and says why', async () => {
    const { page } = await openPool({}, '?from=9&to=5');
    expect(await page.locator('main').innerText()).toContain('from is not before to. The last 15 min are shown.');
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
