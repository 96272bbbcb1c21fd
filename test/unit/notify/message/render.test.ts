import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { renderTest } from '../../../../daemon/notify/message/render.js';
import type { HostScene } from '../../../builders/host-scene.js';
import { SCENES } from '../../../builders/host-scenes.js';
import { mailContext } from '../../../builders/messages.js';
import { playHost } from '../../../builders/simulated-daemon.js';
import { createTempFolder } from '../../../builders/stores.js';

/** Some scenes play twenty minutes, which takes a few seconds of CPU time. */
const SCENE_TIMEOUT_MS = 120_000;
const golden = (name: string) => fileURLToPath(new URL(`../../../golden/mail/${name}`, import.meta.url));

async function compare(name: string, mail: { readonly subject: string; readonly text: string; readonly html: string }) {
  await expect(`Subject: ${mail.subject}\n\n${mail.text}`).toMatchFileSnapshot(golden(`${name}.txt`));
  await expect(mail.html).toMatchFileSnapshot(golden(`${name}.html`));
}

describe.each(Object.entries<HostScene>(SCENES))('the mail of the scene %s', (name, scene) => {
  it(
    'is sent by the daemon about this host, and reads as its golden',
    async () => {
      const { message, latest } = await playHost(scene, createTempFolder());
      await compare(name, message);
      expect(message.subject).toContain(scene.subject);
      if (scene.shows !== undefined) expect(latest).toMatchObject(scene.shows);
      if (scene.picture === true) await expect(message.picture).toMatchFileSnapshot(golden(`${name}.svg`));
    },
    SCENE_TIMEOUT_MS,
  );
});

it('the test message reads as its golden', async () => {
  await compare('test', renderTest(mailContext()));
});
