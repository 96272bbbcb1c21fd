/** The overview in every state, at every width, in both themes and in forced colours. */
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { TO_MINUTE, TO_SECOND } from './clock.js';
import { overlaps, spills } from './layout-checks.js';
import { keepBrowser, openCanned, shoot } from './open-page.js';
import { accessibilityProblems, drawnPixels, missingNames, overflow, poorContrast } from './page-checks.js';
import { SCENARIOS, type Scenario } from './scenarios.js';

/** Axes, grid and a line have several thousand pixels. An empty canvas has none. */
const DRAWN = 3_000;
const WIDTHS = [320, 390, 768, 900, 1024, 1120, 1440] as const;
/** At these every colour is checked, and a picture is kept. */
const KEPT_WIDTHS = [390, 1440] as const;

/** What the card of the worst pool must contain. */
const WORST_POOL_TEXTS: Record<Scenario, RegExp> = {
  idle: /No outbound connection holds a port/,
  steady:
    /Most at risk of 3 destinations[^]*Steady: holds at 7\d%, 7,\d\d\d ports left[^]*Safe for the next 10 minutes/,
  exhausting: new RegExp(String.raw`Runs out in \d+ s \(${TO_SECOND}\)[^]*97% risk within 10 minutes`),
  exhausted: /Out of ports now[^]*Connects fail[^]*All 28,232 ports are held/,
  draining: /Ports come free: [^]*Demand at least 902\/s; connects failed until just now[^]*≥ 902\/s/,
  leak: new RegExp(
    String.raw`Likely to run out between ${TO_MINUTE} and ${TO_MINUTE}[^]*Of 20 such situations, 3 have run out by .*; 5 never do`,
  ),
  bursty:
    /May run out between [^]*18% risk within 10 minutes, going by the last 12 bursts \(97% without them\)[^]*16 never do/,
  climbing: new RegExp(
    String.raw`Rising: full about ${TO_MINUTE}[^]*31% risk within 10 minutes; the rate may stop rising first[^]*The close rate is rising[^]*daily peaks rise: they reach 100% about`,
  ),
  degraded: /Steady: holds at/,
  blind: /Unknown since/,
  many: /Most at risk of 312 destinations[^]*Nearly full: holds at 8\d%/,
  crowd: /Most at risk of 500 destinations/,
  own: /Steady: holds at/,
  alerts: /Runs out in|Out of ports/,
  hostile: /Measuring the close rate/,
};

keepBrowser();

async function checkAt(page: Page, width: number): Promise<void> {
  await page.setViewportSize({ width, height: width < 500 ? 800 : 900 });
  expect(await overflow(page), `overflow at ${width} px`).toBe(0);
  expect(await overlaps(page), `overlaps at ${width} px`).toEqual([]);
  expect(await spills(page), `spills at ${width} px`).toEqual([]);
}

describe.each(SCENARIOS)('%s', (scenario) => {
  it.each(['light', 'dark', 'forced'] as const)('in %s colours', async (colours) => {
    const forcedColors = colours === 'forced';
    const theme = colours === 'dark' ? 'dark' : 'light';
    const { page, complaints } = await openCanned(scenario, '', { tickMs: 1000, theme, forcedColors });
    const worst = page.getByTestId('worst-pool');
    await expect.poll(() => worst.innerText()).toMatch(WORST_POOL_TEXTS[scenario]);
    if (scenario !== 'idle') await expect.poll(() => drawnPixels(page, 'worst-pool-chart')).toBeGreaterThan(DRAWN);
    for (const width of WIDTHS) {
      await checkAt(page, width);
      if (!KEPT_WIDTHS.some((kept) => kept === width)) continue;
      if (!forcedColors) expect(await poorContrast(page)).toEqual([]);
      // What follows does not depend on the colours.
      if (colours === 'light') expect(await accessibilityProblems(page)).toEqual([]);
      if (colours === 'light') expect(await missingNames(page)).toEqual([]);
      await shoot(page, `overview-${scenario}-${width}-${colours}`);
    }
    expect(complaints).toEqual([]);
  });
});
