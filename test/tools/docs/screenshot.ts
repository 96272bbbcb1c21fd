/** `npm run screenshot`: takes the picture at the top of README.md, of the built dashboard on canned data. */
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { startCanned } from '../../browser/canned.js';
import { launchChromium } from '../../browser/chromium.js';
import { drawnPixels, openPage } from '../../browser/page-checks.js';

const FILE = join(PACKAGE_ROOT, 'docs', 'screenshot.png');
const SCENARIO = 'exhausting';
const WIDTH = 1280;
/** The picture ends this far below the table of pools. */
const MARGIN = 24;
/** A page of a repository should load at once. */
const MOST_BYTES = 200_000;
/** The chart has its axes and lines at this many pixels. */
const DRAWN_PIXELS = 3000;
const CHART_LIMIT_MS = 10_000;
const POLL_MS = 100;

const canned = await startCanned(SCENARIO);
const browser = await launchChromium();
try {
  const { page } = await openPage(browser, canned.url, { width: WIDTH, theme: 'light' });
  await page.getByTestId('worst-pool').waitFor();
  const deadline = Date.now() + CHART_LIMIT_MS;
  while ((await drawnPixels(page, 'worst-pool')) < DRAWN_PIXELS) {
    if (Date.now() > deadline) throw new Error('the chart of the dashboard was not drawn');
    await page.waitForTimeout(POLL_MS);
  }
  const table = await page.getByTestId('pool-row').last().boundingBox();
  if (table === null) throw new Error('the dashboard shows no pool');
  const height = Math.ceil(table.y + table.height + MARGIN);
  await page.screenshot({ path: FILE, fullPage: true, clip: { x: 0, y: 0, width: WIDTH, height } });
} finally {
  await browser.close();
  await canned.close();
}

const bytes = statSync(FILE).size;
console.log(`${relative(PACKAGE_ROOT, FILE)}: ${bytes} bytes`);
if (bytes > MOST_BYTES) throw new Error(`the picture is larger than ${MOST_BYTES} bytes`);
