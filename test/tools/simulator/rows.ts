/** The sockets of the simulated host in columns. A row keeps its index until it is freed. */

const COLUMNS = {
  /** The number of the destination. */
  group: Uint16Array,
  stream: Uint16Array,
  port: Uint16Array,
  /** The kernel's number of the state; 0 where the row is free. */
  state: Uint8Array,
  /**
   * `idiag_timer`: 3 for TIME_WAIT and orphan FIN_WAIT2, 2 for the real socket that an orphan is before that, else 0.
   */
  timer: Uint8Array,
  /** The index of the fate in FATES. */
  fate: Uint8Array,
  /** The client whose connection this is, or -1. */
  client: Int32Array,
  /** The instant of the peer's FIN where it is awaited; `Infinity` where it never comes. */
  finAt: Float64Array,
  /** The jiffy at which that timer expires. */
  expiryTick: Int32Array,
  enteredAt: Float64Array,
  releaseAt: Float64Array,
  /** The neighbours in the queue of TIME_WAIT rows, or -1. */
  next: Int32Array,
  previous: Int32Array,
} as const;

type Columns = { [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K]> };

export interface Rows extends Columns {
  /** Rows from this index on have never been used. */
  end: number;
  add(group: number, stream: number, port: number): number;
  free(row: number): void;
}

export function createRows(): Rows {
  let size = 1024;
  const free: number[] = [];
  const make = (): Columns => ({
    group: new Uint16Array(size),
    stream: new Uint16Array(size),
    port: new Uint16Array(size),
    state: new Uint8Array(size),
    timer: new Uint8Array(size),
    fate: new Uint8Array(size),
    client: new Int32Array(size),
    finAt: new Float64Array(size),
    expiryTick: new Int32Array(size),
    enteredAt: new Float64Array(size),
    releaseAt: new Float64Array(size),
    next: new Int32Array(size),
    previous: new Int32Array(size),
  });
  const grow = (): void => {
    size *= 2;
    const larger = make();
    for (const name of Object.keys(COLUMNS) as (keyof Columns)[]) larger[name].set(rows[name]);
    Object.assign(rows, larger);
  };
  const rows: Rows = {
    ...make(),
    end: 0,
    add(group, stream, port) {
      const row = free.pop() ?? rows.end++;
      if (row >= size) grow();
      rows.group[row] = group;
      rows.stream[row] = stream;
      rows.port[row] = port;
      rows.timer[row] = 0;
      rows.client[row] = -1;
      return row;
    },
    free(row) {
      rows.state[row] = 0;
      free.push(row);
    },
  };
  return rows;
}

/** The rows in TIME_WAIT in the order of entry, which is the order of release. */
export interface TimeWaitQueue {
  /** The oldest row, or -1. */
  head(): number;
  /** The oldest row for which `pass` has not been called. */
  unripe(): number;
  pass(): void;
  /** Removes the rows for which `pass` was called. */
  rewind(): void;
  push(row: number): void;
  remove(row: number): void;
}

export function createTimeWaitQueue(rows: Rows): TimeWaitQueue {
  let head = -1;
  let tail = -1;
  let unripe = -1;
  return {
    head: () => head,
    unripe: () => unripe,
    pass: () => (unripe = rows.next[unripe] ?? -1),
    rewind: () => (unripe = head),
    push(row) {
      rows.next[row] = -1;
      rows.previous[row] = tail;
      if (tail === -1) head = row;
      else rows.next[tail] = row;
      if (unripe === -1) unripe = row;
      tail = row;
    },
    remove(row) {
      const next = rows.next[row] ?? -1;
      const previous = rows.previous[row] ?? -1;
      if (row === unripe) unripe = next;
      if (previous === -1) head = next;
      else rows.next[previous] = next;
      if (next === -1) tail = previous;
      else rows.previous[next] = previous;
    },
  };
}
