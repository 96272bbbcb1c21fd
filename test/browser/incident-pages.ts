/** Opens the pages of incidents on canned data, and closes everything after each test. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import { startCanned, type Canned } from './canned.js';
import type { IncidentScenario } from './canned-incidents.js';
import { launchChromium } from './chromium.js';
import { openPage, type PageOptions, type Watched } from './page-checks.js';
import type { Scenario } from './scenarios.js';

const SHOTS = join(import.meta.dirname, 'shots');

type View = 'overview' | 'list' | 'incident';

interface OpenOptions extends PageOptions {
  /** Of the samples. */
  readonly samples?: Scenario;
}

interface OpenedPage extends Watched {
  readonly canned: Canned;
  /** The id of the newest incident, as it stands in an address. */
  readonly id: string;
  /** Keeps a picture, for the eye. */
  shoot(name: string): Promise<void>;
}

/** To be called once in a test file. The returned function opens a page. */
export function useIncidentPages(): (
  scenario: IncidentScenario,
  view: View,
  options?: OpenOptions,
) => Promise<OpenedPage> {
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
  return async (scenario, view, options = {}) => {
    const canned = await startCanned(options.samples ?? 'exhausting', 300, scenario);
    const id = encodeURIComponent(canned.incidents.incidents[0]?.id ?? '');
    const hash = { overview: '#/', list: '#/incidents', incident: `#/incidents/${id}` }[view];
    const watched = await openPage(browser, canned.url + hash, options);
    opened.push({ canned, watched });
    const { page } = watched;
    if (view === 'overview') await page.getByTestId('worst-pool').waitFor();
    else await page.locator('.zone').waitFor();
    await expectNoSkeleton(page);
    const shoot = async (name: string): Promise<void> => {
      await page.screenshot({ path: join(SHOTS, `${name}.png`), fullPage: true });
    };
    return { ...watched, canned, id, shoot };
  };
}

/** Everything that the page requested is there. */
async function expectNoSkeleton(page: Watched['page']): Promise<void> {
  await page.waitForFunction(() => document.querySelector('.skeleton') === null);
}
