/** One demo: the real daemon on a simulated host, whose past it has watched at high speed. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createApp } from '../../../../daemon/app.js';
import type { AppOptions } from '../../../../daemon/app/options.js';
import { loadConfig } from '../../../../daemon/config/load.js';
import { createLog } from '../../../../daemon/log.js';
import { createDemoClock, type DemoClock } from './clock.js';
import { openSimulatedHost } from './host.js';
import type { DemoScene } from './scene.js';

const BEAT_MS = 2000;
/** Nothing listens on it, so a connection is refused at once. */
const CLOSED_PORT = 1;

export interface Demo {
  /** Of the daemon, without a slash at the end. */
  readonly url: string;
  /** Ends the daemon and removes its database. */
  stop(): Promise<void>;
}

/** @param mailPort of a mail server on loopback that accepts every mail. */
export async function startDemo(scene: DemoScene, mailPort: number): Promise<Demo> {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-demo-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true });
  try {
    const clock = createDemoClock(scene.pastSeconds * 1000);
    const host = openSimulatedHost(scene, clock);
    const app = createApp({
      config: configure(folder, scene.mail === 'refused' ? CLOSED_PORT : mailPort),
      version: 'demo',
      // What goes wrong in a demo is part of it.
      log: createLog({ level: 'error', format: 'text', write: () => undefined }),
      clock,
      openSource: () => Promise.resolve(host.source),
      openGlances: () => host.glances,
      openFailures: () => host.failures,
      playPast: (line) => playPast(scene, clock, line),
    });
    const { url } = await app.start();
    const stop = async (): Promise<void> => {
      await app.stop();
      remove();
    };
    return { url: url.replace(/\/$/, ''), stop };
  } catch (error) {
    remove();
    throw error;
  }
}

function configure(folder: string, mailPort: number): AppOptions['config'] {
  const file = join(folder, 'config.yaml');
  writeFileSync(
    file,
    `host: { name: web-1 }
http: { port: 0 }
store: { file: ${join(folder, 'portcast.db')} }
mail:
  smtp: { host: 127.0.0.1, port: ${mailPort}, security: none }
  from: portcast@example.org
  to: [ops@example.org]
`,
  );
  return loadConfig({ env: {}, file }).config;
}

/** Beats until the clock has reached the real time, and then lets it run. */
async function playPast(
  scene: DemoScene,
  clock: DemoClock,
  line: Parameters<NonNullable<AppOptions['playPast']>>[0],
): Promise<void> {
  clock.advance((scene.unseenSeconds ?? 0) * 1000);
  while (clock.behindMs() > BEAT_MS) {
    if (!isInGap(scene, clock)) await line.beat();
    await line.tick();
    clock.advance(BEAT_MS);
  }
  clock.run();
}

function isInGap({ gap, pastSeconds }: DemoScene, clock: DemoClock): boolean {
  if (gap === undefined) return false;
  const beforePresent = pastSeconds - clock.simulatedMs() / 1000;
  return beforePresent <= gap.fromSeconds && beforePresent > gap.untilSeconds;
}
