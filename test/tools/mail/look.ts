/**
 * Shows the mails of the golden scenes as a reader sees them: `npm run mails -- [SCENE ...]` plays the scenes and writes
 * pictures of each mail into `.tmp/mails`, 600 and 390 pixels wide, in light and dark colours.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { createPictureDrawer } from '../../../daemon/notify/email/picture.js';
import { PICTURE_CID, withoutPicture } from '../../../daemon/notify/message/picture/embed.js';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import { launchChromium } from '../../browser/chromium.js';
import type { HostScene } from '../../builders/host-scene.js';
import { SCENES } from '../../builders/host-scenes.js';
import { playHost } from '../../builders/simulated-daemon.js';

const WIDTHS = [600, 390];
const COLOURS = ['light', 'dark'] as const;
const folder = join(PACKAGE_ROOT, '.tmp', 'mails');

async function look(names: readonly string[]): Promise<void> {
  const scenes = Object.entries<HostScene>(SCENES).filter(([name]) => names.length === 0 || names.includes(name));
  if (scenes.length === 0) throw new Error(`no scene ${names.join(', ')}; there are ${Object.keys(SCENES).join(', ')}`);
  mkdirSync(folder, { recursive: true });
  const browser = await launchChromium();
  try {
    for (const [name, scene] of scenes) await shoot(browser, name, await renderScene(scene));
  } finally {
    await browser.close();
  }
  console.log(`${scenes.length} mails in ${folder}`);
}

/** The HTML of the mail, with its picture in place of the reference to it. */
async function renderScene(scene: HostScene): Promise<string> {
  const database = mkdtempSync(join(tmpdir(), 'portcast-mails-'));
  try {
    const { message } = await playHost(scene, database);
    const png = message.picture == null ? null : await createPictureDrawer().draw(message.picture);
    if (png === null) return withoutPicture(message.html);
    console.log(`picture of ${png.length} bytes`);
    return message.html.replace(`cid:${PICTURE_CID}`, `data:image/png;base64,${png.toString('base64')}`);
  } finally {
    rmSync(database, { recursive: true });
  }
}

async function shoot(browser: Browser, name: string, html: string): Promise<void> {
  writeFileSync(join(folder, `${name}.html`), html);
  for (const width of WIDTHS) {
    for (const colorScheme of COLOURS) {
      const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme });
      await page.setContent(html);
      await page.screenshot({ path: join(folder, `${name}-${width}-${colorScheme}.png`), fullPage: true });
      await page.close();
    }
  }
}

await look(process.argv.slice(2));
