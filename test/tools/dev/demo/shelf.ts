/** The demos that run. Each is made at the first request for it, and ended when others need the memory or its scene is over. */
import type { Demo } from './demo.js';

interface Held<Name> {
  readonly name: Name;
  readonly demo: Promise<Demo>;
  readonly madeMs: number;
}

export interface Shelf<Name> {
  /** @throws what the start of the demo throws; the next call tries again */
  get(name: Name): Promise<Demo>;
  /** Ends all. */
  close(): Promise<void>;
}

interface ShelfOptions<Name> {
  readonly start: (name: Name) => Promise<Demo>;
  /** After this time a demo begins anew at the next request. */
  readonly lastsMs: (name: Name) => number;
  /** Of more than this many the one that was asked for the longest time ago is ended. */
  readonly most: number;
  readonly nowMs: () => number;
}

export function createShelf<Name extends string>({ start, lastsMs, most, nowMs }: ShelfOptions<Name>): Shelf<Name> {
  /** The one that was asked for last stands last. */
  const held = new Map<Name, Held<Name>>();
  const ending = new Set<Promise<void>>();
  const end = (one: Held<Name>): void => {
    held.delete(one.name);
    const ended: Promise<void> = one.demo
      .then((demo) => demo.stop())
      .catch(() => undefined)
      .finally(() => ending.delete(ended));
    ending.add(ended);
  };
  const make = (name: Name): Held<Name> => {
    const made: Held<Name> = { name, demo: start(name), madeMs: nowMs() };
    made.demo.catch(() => {
      if (held.get(name) === made) held.delete(name);
    });
    return made;
  };
  return {
    get(name) {
      let found = held.get(name);
      if (found !== undefined && nowMs() - found.madeMs >= lastsMs(name)) {
        end(found);
        found = undefined;
      }
      held.delete(name);
      const one = found ?? make(name);
      held.set(name, one);
      for (const oldest of [...held.values()].slice(0, Math.max(0, held.size - most))) end(oldest);
      return one.demo;
    },
    async close() {
      for (const one of [...held.values()]) end(one);
      await Promise.all(ending);
    },
  };
}
