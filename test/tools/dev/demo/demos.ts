/** All demos with the mail server that they share. */
import { startDemo } from './demo.js';
import { startMailSink } from './mail-sink.js';
import type { DemoScene } from './scene.js';
import { SCENES, type SceneName } from './scenes.js';
import { createShelf, type Shelf } from './shelf.js';

/** A demo takes 10 to 90 MB, the one with 500 pools the most. */
const MOST_DEMOS = 6;
const LASTS_SECONDS = 15 * 60;

export async function openDemos(): Promise<Shelf<SceneName>> {
  const mail = await startMailSink();
  const sceneOf = (name: SceneName): DemoScene => SCENES[name];
  const shelf = createShelf<SceneName>({
    start: (name) => startDemo(sceneOf(name), mail.port),
    lastsMs: (name) => (sceneOf(name).lastsSeconds ?? LASTS_SECONDS) * 1000,
    most: MOST_DEMOS,
    nowMs: Date.now,
  });
  return {
    get: shelf.get,
    async close() {
      await shelf.close();
      await mail.close();
    },
  };
}
