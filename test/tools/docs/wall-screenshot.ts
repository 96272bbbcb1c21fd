/** Takes the picture of the wall in docs/dashboard.md: the demo in which ports run out, of the built dashboard. */
import { statSync } from 'node:fs';
import { join, relative } from 'node:path';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { launchChromium } from '../../browser/chromium.js';
import { openPage } from '../../browser/page-checks.js';
import { openDemos } from '../dev/demo/demos.js';

const FILE = join(PACKAGE_ROOT, 'docs', 'wall.png');
const SIZE = { width: 960, height: 540 };
/** A page of a repository should load at once. */
const MOST_BYTES = 100_000;

const demos = await openDemos();
const browser = await launchChromium();
try {
  const { url } = await demos.get('firing');
  const { page } = await openPage(browser, `${url}/?view=wall`, { theme: 'light' });
  await page.setViewportSize(SIZE);
  await page.locator('.wall-word', { hasText: 'Full in' }).waitFor();
  await page.screenshot({ path: FILE });
} finally {
  await browser.close();
  await demos.close();
}

const bytes = statSync(FILE).size;
console.log(`${relative(PACKAGE_ROOT, FILE)}: ${bytes} bytes`);
if (bytes > MOST_BYTES) throw new Error(`the picture is larger than ${MOST_BYTES} bytes`);
