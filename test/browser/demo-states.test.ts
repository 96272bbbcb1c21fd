/** Every demo on its own daemon in a real browser: the word of its headline, all widths, both themes, axe, no complaint. */
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openDemos } from '../tools/dev/demo/demos.js';
import type { History } from '../../daemon/wire/history.js';
import { SCENES, type SceneName } from '../tools/dev/demo/scenes.js';
import type { Shelf } from '../tools/dev/demo/shelf.js';
import { keepBrowser, openUrl, shoot, WIDTHS } from './open-page.js';
import { accessibilityProblems, missingNames, overflow, poorContrast } from './page-checks.js';

/** At these everything is checked, and a picture is kept. */
const WHOLE: readonly number[] = [1440, 390];
const NAMES = Object.keys(SCENES) as SceneName[];

/** It runs out, has run out, or has had no port until just now: the state changes while the test looks. */
const OUT = '([Rr]uns? out|Out of ports|Ports come free)';

/** What the card of the pool most at risk says, whenever within its scene it is read. */
const HEADLINES: Record<SceneName, RegExp> = {
  mixed: /10\.0\.1\.\d:443/,
  empty: /No outbound connection holds a port/,
  'first-sample': /Steady: holds at 7\d%/,
  gap: /Steady: holds at 7\d%/,
  'near-limit': /Nearly full: holds at \d\d%/,
  firing: new RegExp(`10\\.0\\.0\\.2:443[^]*${OUT}`),
  resolved: /Steady: holds at 2\d%/,
  'exhausted-reuse': new RegExp(`127\\.0\\.0\\.1:8080[^]*${OUT}`),
  leak: /\[2001:db8::2\]:443[^]*[Rr]uns? out/,
  unanswered: /10\.0\.0\.2:443[^]*unanswered/,
  climb: /10\.0\.0\.2:443[^]*([Rr]ising|[Rr]uns? out)/,
  '500-pools': /of 500 destinations[^]*Nearly full/,
  stale: /Unknown since/,
  'mail-broken': new RegExp(`10\\.0\\.0\\.2:443[^]*${OUT}`),
  drill: new RegExp(`192\\.0\\.2\\.2:7000[^]*${OUT}`),
};

let demos: Shelf<SceneName>;

keepBrowser();
beforeAll(async () => {
  demos = await openDemos();
});
afterAll(() => demos.close());

async function checkWidths(page: Page, shot: string): Promise<void> {
  for (const width of WIDTHS) {
    await page.setViewportSize({ width, height: 900 });
    await expect.poll(() => overflow(page), { message: `${width} px` }).toBe(0);
    if (!WHOLE.includes(width)) continue;
    expect(await poorContrast(page), `${width} px`).toEqual([]);
    expect(await missingNames(page), `${width} px`).toEqual([]);
    expect(await accessibilityProblems(page), `${width} px`).toEqual([]);
    await shoot(page, `${shot}-${width}`);
  }
}

describe.each(NAMES)('the demo %s', (name) => {
  it.each(['light', 'dark'] as const)('is shown in the %s theme at all widths', async (theme) => {
    const { url } = await demos.get(name);
    const { page, complaints } = await openUrl(`${url}/`, { theme });
    const worst = page.getByTestId('worst-pool');
    await expect.poll(() => worst.innerText(), { timeout: 20_000 }).toMatch(HEADLINES[name]);
    await checkWidths(page, `demo-${name}-${theme}`);
    expect(complaints).toEqual([]);
  });
});

describe('the demos', () => {
  it('show what their names promise beside the headline', async () => {
    const read = async (name: SceneName, path: string): Promise<unknown> =>
      (await fetch(`${(await demos.get(name)).url}/api/v1/${path}`)).json();
    expect(await read('mail-broken', 'status')).toMatchObject({
      health: 'degraded',
      mail: { lastError: expect.stringContaining('refuses connections') as string },
    });
    expect(await read('resolved', 'incidents')).toMatchObject([{ state: 'resolved' }]);
    expect(await read('resolved', 'outages')).not.toEqual([]);
    expect(await read('drill', 'alerts?state=firing')).toContainEqual(expect.objectContaining({ rule: 'imminent' }));
    expect(await read('stale', 'status')).toMatchObject({ health: 'blind' });
    const history = (await read('gap', await historyPath('gap'))) as History;
    // A gap is steps without a value, or no steps at all.
    const seen = history.t.filter((_, index) => typeof history.mean['used']?.[index] === 'number');
    const gaps = seen.slice(1).map((at, index) => at - (seen[index] ?? at));
    expect(Math.max(...gaps)).toBeGreaterThan(170_000);
    expect(Math.max(...gaps)).toBeLessThan(200_000);
  });
});

async function historyPath(name: SceneName): Promise<string> {
  const { pools } = (await (await fetch(`${(await demos.get(name)).url}/api/v1/pools`)).json()) as {
    pools: { id: string; sampledAt: string }[];
  };
  const [{ id, sampledAt } = { id: '', sampledAt: '' }] = pools;
  const toMs = Date.parse(sampledAt);
  return `pools/${id}/history?from=${toMs - 600_000}&to=${toMs}&points=300`;
}
