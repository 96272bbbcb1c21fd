import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from 'vitest';
import { renderMail, renderTest } from '../../../../daemon/notify/message/render.js';
import type { AlertScene } from '../../../builders/alert-scene.js';
import { SCENES } from '../../../builders/alert-scenes.js';
import { announcementOf } from '../../../builders/announcements.js';
import { mailContext } from '../../../builders/messages.js';
import { playScene, type PlayedScene } from '../../../builders/play-scene.js';

const golden = (name: string) => fileURLToPath(new URL(`../../../golden/mail/${name}`, import.meta.url));

describe.each(Object.entries<AlertScene>(SCENES))('the mail of the scene %s', (name, scene) => {
  let played: PlayedScene;
  beforeAll(() => {
    played = playScene(scene);
  });

  it('is sent, about the forecast that the scene is meant to show', () => {
    const { change, context } = played;
    expect(change.alert.latest ?? {}).toMatchObject(scene.shows ?? {});
    expect(announcementOf([change], ['ops@example.org']).messages).toHaveLength(change.to === 'resolved' ? 0 : 1);
    expect(context.nowMs).toBeGreaterThan(0);
  });

  it('reads as its golden', async () => {
    const { subject, text, html } = renderMail(played.change, played.context);
    await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(golden(`${name}.txt`));
    await expect(html).toMatchFileSnapshot(golden(`${name}.html`));
  });
});

it('the test message reads as its golden', async () => {
  const { subject, text, html } = renderTest(mailContext());
  await expect(`Subject: ${subject}\n\n${text}`).toMatchFileSnapshot(golden('test.txt'));
  await expect(html).toMatchFileSnapshot(golden('test.html'));
});
