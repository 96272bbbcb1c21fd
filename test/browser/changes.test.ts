/** The page of the settings, and what changed on the pages of a pool, in a real Chromium on canned answers. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { POOL_ID } from '../builders/wire-changes.js';
import { startCanned, type Canned } from './canned.js';
import { launchChromium } from './chromium.js';
import {
  accessibilityProblems,
  missingNames,
  openPage,
  overflow,
  poorContrast,
  tabTo,
  type PageOptions,
  type Watched,
} from './page-checks.js';

const SHOTS = join(import.meta.dirname, 'shots');
const VARIANTS = [
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 390, theme: 'light' },
  { width: 390, theme: 'dark' },
] as const;

let browser: Browser;
const opened: { canned: Canned; watched: Watched }[] = [];
beforeAll(async () => {
  mkdirSync(SHOTS, { recursive: true });
  browser = await launchChromium();
});
afterAll(() => browser.close());
afterEach(async () => {
  for (const { canned, watched } of opened.splice(0)) {
    await watched.context.close();
    await canned.close();
  }
});

async function open(hash: string, options: PageOptions = {}): Promise<Watched> {
  const canned = await startCanned('exhausting', 300);
  const watched = await openPage(browser, `${canned.url}#/${hash}`, options);
  opened.push({ canned, watched });
  await watched.page.getByTestId('changes').first().waitFor();
  return watched;
}

const PAGES = [
  {
    name: 'settings',
    hash: 'settings',
    text: /One setting is not its default|settings are not their defaults/,
    more: /net\.ipv4\.tcp_tw_reuse\s*1\s*changed[^]*Since \d[^]*The default is 2[^]*What changed[^]*ip_local_port_range 32768 60999 -> 10240 65535/,
  },
  {
    name: 'pool-changes',
    hash: `pool/${POOL_ID}`,
    text: /What changed[^]*Settling: until 62 s after the change/,
    more: /tcp_tw_reuse 0 -> 1[^]*Port use of 10\.0\.0\.2:443 fell from 94% to 12%, failed connects from 3\.1\/s to 0[^]*After \(3 min of 10 min seen\)[^]*Failed connects\s*1,860 \(3\.1\/s\)\s*0/,
  },
] as const;

describe.each(PAGES)('the page $name', ({ name, hash, text, more }) => {
  it.each(VARIANTS)('$theme at $width px', async (options) => {
    const { page, complaints } = await open(hash, options);
    await expect.poll(() => page.locator('main').innerText()).toMatch(text);
    expect(await page.locator('main').innerText()).toMatch(more);
    await page.waitForFunction(() => document.querySelector('.skeleton') === null);
    expect(await overflow(page)).toBe(0);
    expect(await poorContrast(page)).toEqual([]);
    expect(await missingNames(page)).toEqual([]);
    expect(await accessibilityProblems(page)).toEqual([]);
    await page.screenshot({ path: join(SHOTS, `${name}-${options.width}-${options.theme}.png`), fullPage: true });
    expect(complaints).toEqual([]);
  });

  it.each([320, 768, 1024])('has no overflow at %i px, also in forced colours', async (width) => {
    const { page } = await open(hash, { width, forcedColors: true });
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('from the overview', () => {
  it('the keyboard leads to the settings, whose changes lead to the pool', async () => {
    const canned = await startCanned('exhausting', 300);
    const watched = await openPage(browser, `${canned.url}#/`);
    opened.push({ canned, watched });
    const { page } = watched;
    await page.getByTestId('host-limits').waitFor();
    await page.getByRole('link', { name: 'All settings and changes' }).focus();
    await page.keyboard.press('Enter');
    await page.getByTestId('settings-page').waitFor();
    await page.getByTestId('changes').waitFor();
    await tabTo(page, '10.0.0.2:443');
    await page.keyboard.press('Enter');
    await page.getByTestId('pool-page').waitFor();
    expect(decodeURIComponent(page.url())).toContain(POOL_ID);
  });
});
