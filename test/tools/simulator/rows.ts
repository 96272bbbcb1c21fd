/** The sockets of the simulated host in columns; a row keeps its place until it is freed. */

const COLUMNS = {
  /** Number of the destination. */
  group: Uint16Array,
  stream: Uint16Array,
  port: Uint16Array,
  /** Kernel number of the state; 0 = the row is free. */
  state: Uint8Array,
  /** `idiag_timer`: 3 on TIME_WAIT and orphan FIN_WAIT2, 2 on the socket an orphan is before that, else 0. */
  timer: Uint8Array,
  /** Jiffy at which that timer expires. */
  expiryTick: Int32Array,
  enteredAt: Float64Array,
  releaseAt: Float64Array,
  /** Neighbours in the queue of TIME_WAIT, or -1. */
  next: Int32Array,
  previous: Int32Array,
} as const;

type Columns = { [K in keyof typeof COLUMNS]: InstanceType<(typeof COLUMNS)[K]> };

export interface Rows extends Columns {
  /** Rows at this place and above were never used. */
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
      return row;
    },
    free(row) {
      rows.state[row] = 0;
      free.push(row);
    },
  };
  return rows;
}

/** The rows in TIME_WAIT in the order they entered it, which is the order they leave it in. */
export interface TimeWaitQueue {
  /** The oldest, or -1. */
  head(): number;
  /** The oldest that `pass` has not been called for. */
  unripe(): number;
  pass(): void;
  /** Forgets what was passed. */
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
