/**
 * Remembers which local ports had a LISTEN socket during the last TIME_WAIT. The rows that such a server leaves behind
 * are server-side, so they hold no port of a pool (kernel rule 4).
 */

export interface ListenerMemory {
  /** Notes that `ports` listen at `monotonicMs`, and forgets the ports that last listened too long ago. */
  remember(ports: Iterable<number>, monotonicMs: number): void;
  /** From now on forgets a port `keepMs` after it last listened. */
  keepFor(keepMs: number): void;
  /** All remembered ports, the ports of the last call included. */
  ports(): Iterable<number>;
}

/** Forgets a port `firstKeepMs` after it last listened, until `keepFor` is called. */
export function createListenerMemory(firstKeepMs: number): ListenerMemory {
  let keepMs = firstKeepMs;
  const lastListenedMs = new Map<number, number>();
  return {
    remember(ports, monotonicMs) {
      for (const port of ports) lastListenedMs.set(port, monotonicMs);
      for (const [port, listenedMs] of lastListenedMs)
        if (monotonicMs - listenedMs > keepMs) lastListenedMs.delete(port);
    },
    keepFor(nextMs) {
      keepMs = nextMs;
    },
    ports: () => lastListenedMs.keys(),
  };
}
