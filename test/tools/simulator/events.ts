/** The events to come: a binary heap of (instant, number). Events of the same instant keep the order of insertion. */

export interface Events {
  /** The instant of the first event, or `Infinity`. */
  firstAt(): number;
  /** Removes the first event. */
  pop(): number;
  push(at: number, what: number): void;
}

export function createEvents(): Events {
  let at = new Float64Array(256);
  let what = new Int32Array(256);
  let order = new Float64Array(256);
  let size = 0;
  let pushed = 0;
  const before = (a: number, b: number): boolean => {
    const [first = 0, second = 0] = [at[a], at[b]];
    return first < second || (first === second && (order[a] ?? 0) < (order[b] ?? 0));
  };
  const copy = (from: number, to: number): void => {
    at[to] = at[from] ?? 0;
    what[to] = what[from] ?? 0;
    order[to] = order[from] ?? 0;
  };
  /** The slot past the last one holds the event that is being moved. */
  const swap = (a: number, b: number): void => {
    copy(a, at.length - 1);
    copy(b, a);
    copy(at.length - 1, b);
  };
  const grow = (): void => {
    const [oldAt, oldWhat, oldOrder] = [at, what, order];
    at = new Float64Array(oldAt.length * 2);
    what = new Int32Array(at.length);
    order = new Float64Array(at.length);
    at.set(oldAt);
    what.set(oldWhat);
    order.set(oldOrder);
  };
  return {
    firstAt: () => (size === 0 ? Infinity : (at[0] ?? Infinity)),
    pop() {
      const first = what[0] ?? 0;
      size -= 1;
      copy(size, 0);
      for (let i = 0; ;) {
        let least = i;
        if (2 * i + 1 < size && before(2 * i + 1, least)) least = 2 * i + 1;
        if (2 * i + 2 < size && before(2 * i + 2, least)) least = 2 * i + 2;
        if (least === i) return first;
        swap(i, least);
        i = least;
      }
    },
    push(instant, event) {
      if (instant === Infinity) return;
      if (size + 1 >= at.length) grow();
      at[size] = instant;
      what[size] = event;
      order[size] = pushed++;
      for (let i = size++; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!before(i, parent)) return;
        swap(i, parent);
        i = parent;
      }
    },
  };
}
