/**
 * Reads this namespace's own table and its counters a few times a second and prints each look as a JSON line (a Look).
 *
 *   node --import tsx table-watch.ts
 */
import { readFileSync } from 'node:fs';

export interface Look {
  readonly atMs: number;
  /** Rows of `/proc/net/tcp` by kernel number of the state; those without a peer are left out. */
  readonly states: Readonly<Record<string, number>>;
  /** `TCPTimeWaitOverflow`. */
  readonly overflow: number;
}

const EVERY_MS = 250;

setInterval(look, EVERY_MS);

function look(): void {
  const atMs = Date.now();
  const states: Record<string, number> = {};
  for (const line of readFileSync('/proc/self/net/tcp', 'latin1').trimEnd().split('\n').slice(1)) {
    const [, , remote = '', state = ''] = line.trim().split(/\s+/);
    const number = parseInt(state, 16);
    if (!/^0*:0*$/.test(remote)) states[number] = (states[number] ?? 0) + 1;
  }
  const seen: Look = { atMs, states, overflow: counterOf('TCPTimeWaitOverflow') };
  process.stdout.write(`${JSON.stringify(seen)}\n`);
}

/** `/proc/net/netstat` has pairs of lines: the names, then the values. */
function counterOf(name: string): number {
  const lines = readFileSync('/proc/self/net/netstat', 'latin1').split('\n');
  const names = lines.find((line) => line.split(' ').includes(name))?.split(' ') ?? [];
  const values = lines[lines.indexOf(names.join(' ')) + 1]?.split(' ') ?? [];
  return Number(values[names.indexOf(name)]);
}
