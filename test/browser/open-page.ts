/** Opens pages in one real Chromium for each test file. What a test opens is closed when the test ends. */
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, onTestFinished } from 'vitest';
import type { IncidentScenario } from './canned-incidents.js';
import { startCanned, type Canned } from './canned.js';
import { launchChromium } from './chromium.js';
import {
  accessibilityProblems,
  missingNames,
  openPage,
  overflow,
  poorContrast,
  type PageOptions,
  type Watched,
} from './page-checks.js';
import type { Scenario } from './scenarios.js';

/** The pool most at risk of most scenarios. */
export const POOL_ID = 'connect_host_10.0.0.1_10.0.0.2_443';
/** The widths that every page must fit. */
export const WIDTHS = [320, 390, 768, 1024, 1440] as const;
/** Every page is looked at in these. */
export const LOOKS = [
  { width: 1440, theme: 'light' },
  { width: 1440, theme: 'dark' },
  { width: 390, theme: 'light' },
  { width: 390, theme: 'dark' },
] as const;

const SHOTS = join(import.meta.dirname, 'shots');

interface ServerOptions {
  /** From one sample to the next. */
  readonly tickMs?: number;
  readonly incidents?: IncidentScenario;
}

export type CannedPage = Watched & { readonly canned: Canned };

let browser: Browser;

/** To be called once in a test file. */
export function keepBrowser(): void {
  beforeAll(async () => {
    mkdirSync(SHOTS, { recursive: true });
    browser = await launchChromium();
  });
  afterAll(() => browser.close());
}

export async function openUrl(url: string, options?: PageOptions): Promise<Watched> {
  const watched = await openPage(browser, url, options);
  onTestFinished(() => watched.context.close());
  return watched;
}

export async function serveCanned(scenario: Scenario, options: ServerOptions = {}): Promise<Canned> {
  const canned = await startCanned(scenario, options.tickMs ?? 300, options.incidents);
  onTestFinished(canned.close);
  return canned;
}

/** @param path what follows the address of the canned server: a query, a hash, or nothing. */
export async function openCanned(
  scenario: Scenario,
  path = '',
  options: PageOptions & ServerOptions = {},
): Promise<CannedPage> {
  const canned = await serveCanned(scenario, options);
  return { ...(await openUrl(canned.url + path, options)), canned };
}

/** Keeps a picture of the whole page or of a part of it, for the eye. */
export async function shoot(target: Page | Locator, name: string): Promise<void> {
  await target.screenshot({ path: join(SHOTS, `${name}.png`), ...('goto' in target ? { fullPage: true } : {}) });
}

/**
 * What every page must pass in each of its looks.
 * @param expected the complaints of the browser that belong to the case.
 */
export async function expectGood({ page, complaints }: Watched, expected?: RegExp): Promise<void> {
  expect(await overflow(page)).toBe(0);
  expect(await poorContrast(page)).toEqual([]);
  expect(await missingNames(page)).toEqual([]);
  expect(await accessibilityProblems(page)).toEqual([]);
  expect(complaints.filter((complaint) => expected?.test(complaint) !== true)).toEqual([]);
}
