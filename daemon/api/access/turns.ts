/** Bounds how many calls of something expensive run and wait. */

/** Runs at most `most` at a time, in the order of the calls. Null where too many wait. */
export function createTurns(most: number, mostWaiting: number) {
  let running = 0;
  const waiting: (() => void)[] = [];
  return async <T>(act: () => Promise<T>): Promise<T | null> => {
    if (running >= most) {
      if (waiting.length >= mostWaiting) return null;
      await new Promise<void>((go) => waiting.push(go));
    } else {
      running++;
    }
    try {
      return await act();
    } finally {
      // The turn is handed on to the next in line, if there is one.
      const next = waiting.shift();
      if (next === undefined) running--;
      else next();
    }
  };
}
