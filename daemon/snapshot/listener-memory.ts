/** Which local ports had a LISTEN socket lately: their left-over rows hold nothing of ours (kernel rule 4). */

export interface ListenerMemory {
  /** Ports that listen at `monotonicMs`; forgets those that last did more than `keepMs` before. */
  remember(ports: Iterable<number>, monotonicMs: number): void;
  /** Ports remembered, those that listened at the last call included. */
  ports(): Iterable<number>;
}

export function createListenerMemory(keepMs: number): ListenerMemory {
  const lastSeen = new Map<number, number>();
  return {
    remember(ports, monotonicMs) {
      for (const port of ports) lastSeen.set(port, monotonicMs);
      for (const [port, seenMs] of lastSeen) if (monotonicMs - seenMs > keepMs) lastSeen.delete(port);
    },
    ports: () => lastSeen.keys(),
  };
}
