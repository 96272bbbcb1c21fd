/**
 * Remembers which local ports had a LISTEN socket during the last TIME_WAIT. The rows that such a server leaves behind
 * are server-side, so they hold no port of a pool (kernel rule 4).
 */

export interface ListenerMemory {
  /** Notes that `ports` listen at `monotonicMs`, and forgets the ports that last listened more than `keepMs` before. */
  remember(ports: Iterable<number>, monotonicMs: number): void;
  /** All remembered ports, the ports of the last call included. */
  ports(): Iterable<number>;
}

export function createListenerMemory(keepMs: number): ListenerMemory {
  const lastListenedMs = new Map<number, number>();
  return {
    remember(ports, monotonicMs) {
      for (const port of ports) lastListenedMs.set(port, monotonicMs);
      for (const [port, listenedMs] of lastListenedMs)
        if (monotonicMs - listenedMs > keepMs) lastListenedMs.delete(port);
    },
    ports: () => lastListenedMs.keys(),
  };
}
