/** What the pages of incidents show in a real Chromium, on canned incidents and under the security policy of the daemon. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import type { Page } from 'playwright-core';
import { describe, expect, it } from 'vitest';
import { DASHBOARD_DIR } from '../../daemon/paths.js';
import { INCIDENT_SCENARIOS, type IncidentScenario } from './canned-incidents.js';
import { openIncidents as open } from './incident-pages.js';
import { expectGood, keepBrowser, LOOKS, shoot } from './open-page.js';
import { accessibilityProblems, drawnPixels, overflow } from './page-checks.js';

const DRAWN = 3_000;
/** Of script and style for the first view, compressed. */
const MOST_BYTES = 70_000;

keepBrowser();

/** What each page must say. */
const TEXTS: Record<IncidentScenario, Record<'list' | 'incident', RegExp | null>> = {
  none: { list: /There has been no incident\. One begins when an alert fires/, incident: null },
  open: {
    list: /Open[^]*critical[^]*open[^]*Open for 4 min[^]*Ports to 10\.0\.0\.2:443 run out[^]*checkout-api[^]*peak 28,232 of 28,232 \(100%\) ports · 2 messages told/,
    incident:
      /Out of ports to 10\.0\.0\.2:443[^]*Next reminder[^]*Acknowledge[^]*4 s later, still so[^]*Became more severe: told[^]*What changed\s*3 changes[^]*tcp_tw_reuse 0 -> 1[^]*After \(3 min of 10 min seen\)[^]*Close rate of 10\.0\.0\.2:443 rose from 1\.1\/s to 15\.2\/s[^]*Not told of imminent: pressure of the same pool is told already[^]*it became more severe\s*accepted/,
  },
  'many pools': {
    list: /45 destinations of checkout-api[^]*10\.0\.0\.2:443, 10\.1\.1\.11:443, 10\.1\.2\.12:443 and 42 more · process checkout-api/,
    incident:
      /Out of ports to 10\.0\.0\.2:443, of 45 destinations of checkout-api[^]*Show all 45[^]*pools joined[^]*held back 44 times[^]*the incident is told already \(44 decisions\)/,
  },
  acknowledged: {
    list: /acknowledged by Mira/,
    incident:
      /by Mira: Rolling back checkout-api 4\.2[^]*Lift acknowledgement[^]*Comment by someone[^]*Keep-alive is off/,
  },
  silenced: {
    list: /Silences[^]*destination 10\.0\.0\.2:443[^]*by Mira: Load test[^]*silence planned[^]*silenced until/,
    incident: /silenced destination 10\.0\.0\.2:443[^]*1 h 59 min left[^]*End/,
  },
  quiet: {
    list: /Quiet: perhaps over[^]*Quiet since [^]*if no alert fires again/,
    incident: /Was out of ports to[^]*Came back[^]*1 time, without a new message[^]*Quiet/,
  },
  resolved: {
    list: /Over[^]*Over: .* to .* \(10 min 49 s\)/,
    incident:
      /Over\. Out of ports 2 times[^]*about 16,313 connects failed \(partly estimated\)[^]*Ran out .*, 4 s later, for 83 s \(2 times\)[^]*Acknowledged by Mira[^]*End told[^]*Told that it is over/,
  },
  'two hundred': {
    list: /Open[^]*Quiet: perhaps over[^]*Over[^]*Page 1/,
    incident: /Ports to 10\.0\.0\.2:443 run out/,
  },
  hostile: { list: /<img src=x/, incident: /<img src=x/ },
  'failing delivery': {
    list: /Ports to 10\.0\.0\.2:443 run out/,
    incident: /451 4\.7\.1 greylisted[^]*waiting|waiting[^]*451 4\.7\.1 greylisted/,
  },
  'old server': {
    list: /Ports to 10\.0\.0\.2:443 run out/,
    incident: /Out of ports to 10\.0\.0\.2:443[^]*Told that it began/,
  },
};

/** The browser reports requests that an older server refuses, or for what it does not store. The page says what that means. */
const EXPECTED_REFUSALS: Partial<Record<IncidentScenario, RegExp>> = {
  'old server': /status of 40[04] .*\/api\/v1\/(incidents\?state=|silences)/,
  hostile: /status of 404 .*\/history/,
};

describe.each(INCIDENT_SCENARIOS)('%s', (scenario) => {
  it.each(LOOKS)('$theme at $width px', async (options) => {
    for (const view of ['list', 'incident'] as const) {
      const text = TEXTS[scenario][view];
      if (text === null) continue;
      const watched = await open(scenario, view, options);
      const { page } = watched;
      await expect.poll(() => page.locator('main').innerText()).toMatch(text);
      expect(await page.title()).not.toBe('owned');
      if (view === 'incident' && scenario !== 'hostile') {
        await expect.poll(() => drawnPixels(page, 'incident-chart')).toBeGreaterThan(DRAWN);
      }
      await expectGood(watched, EXPECTED_REFUSALS[scenario]);
      await shoot(page, `${view}-${scenario.replaceAll(' ', '-')}-${options.width}-${options.theme}`);
    }
  });
});

describe('widths', () => {
  it.each([320, 768, 1024])('%i px have no overflow, also with open forms', async (width) => {
    for (const scenario of ['hostile', 'many pools', 'silenced'] as const) {
      for (const view of ['list', 'incident'] as const) {
        const { page } = await open(scenario, view, { width });
        if (view === 'incident') {
          await page.getByRole('button', { name: 'Silence', exact: true }).click();
          await page.getByLabel('Other').check();
        }
        expect(await overflow(page)).toBe(0);
        expect(await page.locator('.header').evaluate((header) => header.scrollWidth - header.clientWidth)).toBe(0);
      }
    }
  });

  it('keeps signs, bars and buttons in forced colours', async () => {
    const { page } = await open('open', 'incident', { forcedColors: true });
    expect(await accessibilityProblems(page)).toEqual([]);
    const bar = page.locator('.use-bar').first();
    const colors = await bar.evaluate((element) => [
      getComputedStyle(element).borderTopWidth,
      getComputedStyle(element.firstElementChild ?? element).backgroundColor,
      getComputedStyle(document.body).backgroundColor,
    ]);
    expect(colors[0]).not.toBe('0px');
    expect(colors[1]).not.toBe(colors[2]);
  });
});

describe('the overview', () => {
  it.each([1440, 1120, 1024, 900, 768, 390, 320])('has no violation of axe and no overflow at %i px', async (width) => {
    const { page } = await open('open', 'overview', { width, samples: 'alerts' });
    await expect.poll(() => page.getByTestId('alerts').innerText()).toContain('Recent');
    expect(await accessibilityProblems(page)).toEqual([]);
    expect(await overflow(page)).toBe(0);
    // The table of pools ends where its section ends, so nothing beside it covers its last column.
    const section = await page.locator('#pools').boundingBox();
    const table = await page.getByTestId('pools-table').boundingBox();
    expect((table?.x ?? 0) + (table?.width ?? 0)).toBeLessThanOrEqual((section?.x ?? 0) + (section?.width ?? 0) + 0.5);
  });
});

describe('what is loaded', () => {
  it('is below 70 KB of script and style for the first view, and the pages of incidents come on demand', async () => {
    const { page } = await open('open', 'overview');
    const before = await listAssets(page);
    const bytes = before.map((path) => gzipSync(readFileSync(join(DASHBOARD_DIR, path)), { level: 9 }).length);
    expect(bytes.reduce((sum, length) => sum + length, 0)).toBeLessThan(MOST_BYTES);
    await page.getByRole('navigation', { name: 'Sections' }).getByRole('link', { name: 'Incidents' }).click();
    await page.locator('.page-head').waitFor();
    expect((await listAssets(page)).length).toBeGreaterThan(before.length);
  });
});

/** The paths of the scripts and styles that the page has loaded. */
function listAssets(page: Page): Promise<string[]> {
  return page.evaluate(() =>
    performance
      .getEntriesByType('resource')
      .map(({ name }) => new URL(name).pathname)
      .filter((path) => /\.(js|css)$/.test(path)),
  );
}
