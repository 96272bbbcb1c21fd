/** The page of the settings, and what changed on the pages of a pool, in a real Chromium on canned answers. */
import { describe, expect, it } from 'vitest';
import { expectGood, keepBrowser, LOOKS, openCanned, POOL_ID, shoot } from './open-page.js';
import { accessibilityProblems, overflow, tabTo, type PageOptions, type Watched } from './page-checks.js';

keepBrowser();

async function open(hash: string, options: PageOptions = {}): Promise<Watched> {
  const watched = await openCanned('exhausting', `#/${hash}`, options);
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
  it.each(LOOKS)('$theme at $width px', async (options) => {
    const watched = await open(hash, options);
    const { page } = watched;
    await expect.poll(() => page.locator('main').innerText()).toMatch(text);
    expect(await page.locator('main').innerText()).toMatch(more);
    await page.waitForFunction(() => document.querySelector('.skeleton') === null);
    await expectGood(watched);
    await shoot(page, `${name}-${options.width}-${options.theme}`);
  });

  it.each([320, 768, 1024])('has no overflow at %i px, also in forced colours', async (width) => {
    const { page } = await open(hash, { width, forcedColors: true });
    expect(await overflow(page)).toBe(0);
    expect(await accessibilityProblems(page)).toEqual([]);
  });
});

describe('from the overview', () => {
  it('the keyboard leads to the settings, whose changes lead to the pool', async () => {
    const { page } = await openCanned('exhausting');
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
