/** The timer of the glances between two beats. */
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';

interface GlanceOptions {
  /** Null: no glances. */
  readonly everyMs: number | null;
  /** One glance; null when no cycle followed from it. */
  readonly glance: () => Promise<void> | null;
  /** Runs that cycle while the event loop is watched. */
  readonly watched: (work: () => Promise<void>) => Promise<void>;
  readonly log: Log;
}

interface Glances {
  /** No glance follows; resolves when the cycle that the last one led to has ended. */
  stop(): Promise<void>;
}

export function startGlances({ everyMs, glance, watched, log }: GlanceOptions): Glances {
  let running: Promise<void> | null = null;
  const takeGlance = (): void => {
    const cycle = glance();
    if (cycle === null) return;
    running = watched(() => cycle).catch((error: unknown) => {
      log.error({ err: error }, `a look between two beats failed: ${messageOf(error)}`);
    });
  };
  const timer = everyMs === null ? null : setInterval(takeGlance, everyMs);
  return {
    async stop() {
      if (timer !== null) clearInterval(timer);
      await running;
    },
  };
}
