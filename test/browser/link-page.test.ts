/** The page of a link in a message, in a real Chromium: its form works under its own policy, and it is readable on a phone. */
import { expect, it, onTestFinished } from 'vitest';
import { startChangeApi } from '../builders/change-api.js';
import { PUBLIC_URL } from '../builders/incident-desk.js';
import { launchChromium } from './chromium.js';
import { openPage } from './page-checks.js';

/** Where the pages are kept for a look at them; nowhere unless it is set. */
const FOLDER = process.env['LINK_PAGES'];

it.each(['light', 'dark'] as const)('is read and its button pressed at 390 px, %s', async (theme) => {
  const { api, incident, link } = await startChangeApi(PUBLIC_URL);
  const browser = await launchChromium();
  onTestFinished(() => browser.close());
  const { page, complaints } = await openPage(browser, `${api.url}/act/${link().acknowledge}`, { width: 390, theme });
  const keep = async (name: string): Promise<void> => {
    if (FOLDER !== undefined) await page.screenshot({ path: `${FOLDER}/${name}-${theme}.png` });
  };
  await keep('ready');
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  const colour = await page.evaluate(() => getComputedStyle(document.body).backgroundColor);
  expect(colour).toBe(theme === 'light' ? 'rgb(242, 244, 247)' : 'rgb(20, 23, 27)');
  expect(incident().acknowledgement ?? null).toBeNull();
  await page.getByRole('button', { name: 'Acknowledge this incident' }).click();
  await page.getByRole('heading', { name: 'Done' }).waitFor();
  await keep('done');
  expect(incident().acknowledgement).toMatchObject({ author: 'ops@example.org' });
  await page.reload();
  await page.getByRole('heading', { name: 'This was done already' }).waitFor();
  // The browser asks for an icon of its own accord.
  expect(complaints.filter((text) => !text.includes('favicon'))).toEqual([]);
});
