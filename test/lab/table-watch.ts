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

setInterval(look, EVERY_MS);

function look(): void {
  const atMs = Date.now();
  const states: Record<string, number> = {};
  for (const state of connections().values()) states[state] = (states[state] ?? 0) + 1;
  const seen: Look = { atMs, states, overflow: counterOf('TCPTimeWaitOverflow'), endedMs: Date.now() };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/**
 * The state of each connection by its addresses and ports. The kernel shows a row twice where rows are added between two
 * parts of the reading.
 */
function connections(): Map<string, number> {
  const rows = readFileSync('/proc/self/net/tcp', 'latin1').trimEnd().split('\n').slice(1);
  const states = new Map<string, number>();
  for (const row of rows) {
    const [, local = '', remote = '', state = ''] = row.trim().split(/\s+/);
    if (!/^0*:0*$/.test(remote)) states.set(`${local} ${remote}`, parseInt(state, 16));
  }
  return states;
}

/** `/proc/net/netstat` has pairs of lines: the names, then the values. */
function counterOf(name: string): number {
  const lines = readFileSync('/proc/self/net/netstat', 'latin1').split('\n');
  const names = lines.find((line) => line.split(' ').includes(name))?.split(' ') ?? [];
  const values = lines[lines.indexOf(names.join(' ')) + 1]?.split(' ') ?? [];
  return Number(values[names.indexOf(name)]);
}
