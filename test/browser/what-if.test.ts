/** The page of what-ifs in a real Chromium, on canned samples and incidents and under the security policy of the daemon. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { expectGood, keepBrowser, LOOKS, openUrl, POOL_ID, serveCanned, shoot } from './open-page.js';
import { accessibilityProblems, drawnPixels, overflow, tabTo, type PageOptions } from './page-checks.js';

const DRAWN = 2_000;

keepBrowser();

/** `#incident` in the parameters stands for the id of the newest incident. */
async function open(params: string, options: PageOptions = {}) {
  const canned = await serveCanned('exhausting', { incidents: 'resolved' });
  const id = canned.incidents.incidents[0]?.id ?? '';
  const query = params.replace('#incident', encodeURIComponent(id));
  const watched = await openUrl(`${canned.url}#/what-if${query === '' ? '' : `?${query}`}`, options);
  await watched.page.getByLabel('What if, for').waitFor();
  return { ...watched, canned, id };
}
const sentenceOf = (page: Page): Promise<string> => page.getByTestId('what-if-sentence').innerText();
const hashOf = (page: Page): Promise<string> => page.evaluate(() => location.hash);

const VIEWS = [
  [
    'numbers',
    'rate=800&sources=2',
    /With 2 source addresses a destination settles at 88% of 28,232 ports at each address and never runs out; as it is it runs out in 35 s\./,
  ],
  [
    'pool',
    `pool=${POOL_ID}&requests=10`,
    /With 10 requests a connection 10\.0\.0\.2:443 settles at 1[5-7]% of 28,232 ports and never runs out; as it is it runs out in \d+ s\./,
  ],
  [
    'incident',
    'incident=#incident&requests=4',
    /With 4 requests a connection 10\.0\.0\.2:443 would have peaked at 3\d% or more of 28,232 ports and not run out; as it was it peaked at 100% of 28,232 ports/,
  ],
] as const;

describe.each(VIEWS)('over %s', (name, params, sentence) => {
  it.each(LOOKS)('$theme at $width px says the result, draws both lines and is accessible', async (look) => {
    const watched = await open(params, look);
    const { page } = watched;
    await expect.poll(() => sentenceOf(page)).toMatch(sentence);
    await expect.poll(() => drawnPixels(page, 'what-if-chart')).toBeGreaterThan(DRAWN);
    await expectGood(watched);
    await shoot(page, `what-if-${name}-${look.width}-${look.theme}`);
    await page.getByText('The lines as a table').click();
    expect(await page.getByTestId('what-if-table').getByRole('row').count()).toBeGreaterThan(8);
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('widths', () => {
  it.each([320, 768, 1024])('%i px have no overflow, with errors too', async (width) => {
    const { page, canned } = await open(`pool=${POOL_ID}&requests=x&live=99999&ports=1-999999`, { width });
    await expect.poll(() => page.locator('[aria-invalid=true]').count()).toBeGreaterThan(0);
    expect(await overflow(page)).toBe(0);
    await page.goto(`${canned.url}#/what-if?pool=${POOL_ID}&requests=3`);
    await expect.poll(() => sentenceOf(page)).toContain('With 3 requests');
    expect(await overflow(page)).toBe(0);
    expect(await page.locator('.header').evaluate((header) => header.scrollWidth - header.clientWidth)).toBe(0);
  });

  it('keeps sliders, fields and signs in forced colours', async () => {
    const { page } = await open(`pool=${POOL_ID}&requests=x`, { forcedColors: true });
    expect(await accessibilityProblems(page)).toEqual([]);
    const field = page.getByRole('textbox', { name: 'Requests a connection' });
    expect(await field.evaluate((element) => getComputedStyle(element).borderTopWidth)).toBe('2px');
  });
});

describe('settings', () => {
  it('are kept in the address without an entry in the history, and a link shares them', async () => {
    const { page } = await open(`pool=${POOL_ID}`);
    const entries = await page.evaluate(() => history.length);
    const field = page.getByRole('textbox', { name: 'Requests a connection' });
    await field.fill('10');
    await page.getByLabel('connect() reuses TIME_WAIT ports').check();
    await expect.poll(() => hashOf(page)).toBe(`#/what-if?pool=${POOL_ID}&requests=10&reuse=true`);
    expect(await page.evaluate(() => history.length)).toBe(entries);
    await page.reload();
    await expect.poll(() => sentenceOf(page)).toContain('With 10 requests a connection and reuse after 1 s');
    expect(await field.inputValue()).toBe('10');
    await page.getByRole('button', { name: 'Reset' }).click();
    await expect.poll(() => hashOf(page)).toBe(`#/what-if?pool=${POOL_ID}`);
    expect(await field.inputValue()).toBe('');
  });

  it('that make no sense are marked beside their field, with what is allowed', async () => {
    const { page } = await open(`pool=${POOL_ID}`);
    const live = page.getByRole('textbox', { name: 'Live connections' });
    for (const [text, error] of [
      ['-1', 'Found -1; allowed: a whole number of connections from 0 to 65535.'],
      ['60000', 'Found 60,000; allowed: at most the 28,232 ports.'],
      ['many', 'Found many; allowed: a number, such as 10 or 0.5.'],
    ] as const) {
      await live.fill(text);
      expect(await live.getAttribute('aria-invalid')).toBe('true');
      const id = (await live.getAttribute('aria-describedby')) ?? '';
      expect(await page.locator(`#${id}`).innerText()).toBe(error);
      expect(await page.getByText('Correct what is marked').count()).toBe(1);
    }
    expect(await accessibilityProblems(page)).toEqual([]);
    await live.fill('100');
    expect(await live.getAttribute('aria-invalid')).toBe('false');
    await expect.poll(() => sentenceOf(page)).toContain('With 100 live connections');
  });

  it('of the range are marked at the number that is wrong, and once where it is both', async () => {
    const { page } = await open(`pool=${POOL_ID}&ports=x-5000`);
    const first = page.getByRole('textbox', { name: 'First port' });
    const last = page.getByRole('textbox', { name: 'Last port' });
    expect(await first.getAttribute('aria-invalid')).toBe('true');
    expect(await last.getAttribute('aria-invalid')).toBe('false');
    await first.fill('6000');
    expect(await page.getByText('Found 6000-5000; allowed: a range').count()).toBe(1);
    for (const field of [first, last]) expect(await field.getAttribute('aria-describedby')).toBe('wi-last-error');
  });

  it('of an incident that the daemon refuses are marked beside their field too', async () => {
    const { page } = await open('incident=#incident&live=40000');
    const live = page.getByRole('textbox', { name: 'Live connections' });
    await expect.poll(() => live.getAttribute('aria-invalid')).toBe('true');
    expect(await page.getByText('Found 40,000; allowed: at most the 28,232 ports.').count()).toBe(1);
    await live.fill('1,000');
    await expect.poll(() => sentenceOf(page)).toContain('With 1,000 live connections');
    await live.fill('');
    await expect.poll(() => sentenceOf(page)).toContain('peaked at 100%');
  });

  it('move by the keyboard alone, and the result is announced when they stand still', async () => {
    const { page } = await open('rate=400');
    await tabTo(page, 'Requests a connection, slider');
    const slider = page.getByRole('slider', { name: 'Requests a connection, slider' });
    await page.keyboard.press('ArrowRight');
    expect(Number(await page.getByRole('textbox', { name: 'Requests a connection' }).inputValue())).toBeGreaterThan(1);
    await page.keyboard.press('End');
    expect(await slider.getAttribute('aria-valuetext')).toBe('1,000 requests');
    await tabTo(page, 'Source addresses, slider');
    await page.keyboard.press('ArrowRight');
    expect(await page.getByRole('textbox', { name: 'Source addresses' }).inputValue()).toBe('2');
    await page.keyboard.press('ArrowLeft');
    expect(await page.getByRole('textbox', { name: 'Source addresses' }).inputValue()).toBe('1');
    await expect
      .poll(() => page.locator('.wi-result [role=status]').innerText())
      .toContain('With 1,000 requests a connection a destination settles at');
  });

  it('move by touch', async () => {
    const { page } = await open('rate=400', { width: 390, touch: true });
    const slider = page.getByRole('slider', { name: 'Requests a connection, slider' });
    await slider.scrollIntoViewIfNeeded();
    const box = await slider.boundingBox();
    if (box === null) throw new Error('the slider is not shown');
    expect(box.height).toBeGreaterThanOrEqual(32);
    await page.touchscreen.tap(box.x + box.width / 2, box.y + box.height / 2);
    const value = await page.getByRole('textbox', { name: 'Requests a connection' }).inputValue();
    // The middle of 1 to 1000 on a logarithmic slider.
    expect(Number(value)).toBeGreaterThan(20);
    expect(Number(value)).toBeLessThan(50);
    // The sentence stays in view above the sliders.
    await expect.poll(() => page.getByTestId('what-if-sentence').isVisible()).toBe(true);
    const sentence = await page.getByTestId('what-if-sentence').boundingBox();
    expect(sentence?.y ?? -1).toBeGreaterThanOrEqual(0);
  });
});

describe('the source', () => {
  it('is chosen among numbers, pools and incidents', async () => {
    const { page, id } = await open('');
    await expect
      .poll(() => sentenceOf(page))
      .toMatch(/^A destination settles at 88% of 28,232 ports and never runs out\.$/);
    const choice = page.getByLabel('What if, for');
    await choice.selectOption(`pool:${POOL_ID}`);
    await expect.poll(() => hashOf(page)).toBe(`#/what-if?pool=${POOL_ID}`);
    await expect.poll(() => sentenceOf(page)).toMatch(/^10\.0\.0\.2:443 runs out in \d+ s\.$/);
    await choice.selectOption(`incident:${id}`);
    await expect.poll(() => sentenceOf(page)).toMatch(/^10\.0\.0\.2:443 peaked at 100%/);
    expect(new URLSearchParams((await hashOf(page)).split('?')[1]).get('incident')).toBe(id);
    await choice.selectOption('numbers');
    await expect.poll(() => hashOf(page)).toBe('#/what-if');
  });

  it('says so where the pool or the incident is gone', async () => {
    const { page } = await open('pool=nothing');
    await expect.poll(() => page.locator('.wi-result').innerText()).toContain('This pool holds no port now');
    const other = await open('incident=nothing');
    await expect
      .poll(() => other.page.locator('.wi-result').innerText())
      .toContain('The incident could not be replayed: incident: there is no incident "nothing".');
  });

  it('is linked from the header, the page of a pool and the page of an incident', async () => {
    const { page, canned, id } = await open('');
    await page.goto(`${canned.url}#/pool/${POOL_ID}`);
    await page.getByRole('link', { name: 'What if?' }).click();
    await expect.poll(() => sentenceOf(page)).toContain('10.0.0.2:443');
    await page.getByRole('link', { name: 'The pool' }).click();
    await page.goto(`${canned.url}#/incidents/${encodeURIComponent(id)}`);
    await page.getByRole('link', { name: 'What if?' }).click();
    await expect.poll(() => sentenceOf(page)).toContain('peaked at');
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'What if' }).click();
    await expect.poll(() => sentenceOf(page)).toContain('A destination');
  });
});
