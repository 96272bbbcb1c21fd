/**
 * Reads the table and the counters of this namespace a few times a second and prints each reading as a JSON line (a
 * Look).
 *
 *   node --import tsx table-watch.ts
 */
import { readFileSync } from 'node:fs';

export interface Look {
  /** The reading began at `atMs` and had ended at `endedMs`. On a busy machine it may have waited in between. */
  readonly atMs: number;
  readonly endedMs: number;
  /** The rows of `/proc/net/tcp` by the kernel's number of the state, without those that have no peer. */
  readonly states: Readonly<Record<string, number>>;
  /** `TCPTimeWaitOverflow`. */
  readonly overflow: number;
}

const EVERY_MS = 250;

/** The kernel shows the table in parts, and misses rows or shows them twice where others come and go in between. */
const MOST_READINGS = 5;
/** `tr` of a row in /proc/net/tcp: the timer of TIME_WAIT and of FIN_WAIT2 without an owner. */
const TIMER_TIME_WAIT = '03';

setInterval(look, EVERY_MS);

function look(): void {
  let seen = read();
  // The number of rows with that timer is known from a counter, so a reading that does not add up is repeated at once.
  for (let readings = 1; !seen.isWhole && readings < MOST_READINGS; readings += 1) seen = read();
  process.stdout.write(`${JSON.stringify(seen satisfies Look)}\n`);
}

function read(): Look & { readonly isWhole: boolean } {
  const atMs = Date.now();
  const timedBefore = timedSockets();
  const states: Record<string, number> = {};
  const rows = connections();
  let timed = 0;
  for (const { state, timer } of rows.values()) {
    states[state] = (states[state] ?? 0) + 1;
    if (timer === TIMER_TIME_WAIT) timed += 1;
  }
  const timedAfter = timedSockets();
  const isWhole = timed >= Math.min(timedBefore, timedAfter) && timed <= Math.max(timedBefore, timedAfter);
  return { atMs, states, overflow: counterOf('TCPTimeWaitOverflow'), endedMs: Date.now(), isWhole };
}

/** Each connection once, by its addresses and ports. */
function connections(): Map<string, { readonly state: number; readonly timer: string }> {
  const lines = readFileSync('/proc/self/net/tcp', 'latin1').trimEnd().split('\n').slice(1);
  const rows = new Map<string, { readonly state: number; readonly timer: string }>();
  for (const line of lines) {
    const [, local = '', remote = '', state = '', , timer = ''] = line.trim().split(/\s+/);
    if (/^0*:0*$/.test(remote)) continue;
    rows.set(`${local} ${remote}`, { state: parseInt(state, 16), timer: timer.slice(0, 2) });
  }
  return rows;
}

/** `tw` of sockstat. */
function timedSockets(): number {
  return Number(/^TCP:.* tw (\d+)/m.exec(readFileSync('/proc/self/net/sockstat', 'latin1'))?.[1]);
}

/** `/proc/net/netstat` has pairs of lines: the names, then the values. */
function counterOf(name: string): number {
  const lines = readFileSync('/proc/self/net/netstat', 'latin1').split('\n');
  const names = lines.find((line) => line.split(' ').includes(name))?.split(' ') ?? [];
  const values = lines[lines.indexOf(names.join(' ')) + 1]?.split(' ') ?? [];
  return Number(values[names.indexOf(name)]);
}
