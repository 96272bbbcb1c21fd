/** What takes the ports of a pool, in one sentence without an instant: the headline has the only one. */
import { formatCount, formatRate, splitGrowth } from '../../../daemon/units.js';
import { isWildcard } from '../../../daemon/host/endpoint.js';
import type { WirePool } from '../../../daemon/wire/pool.js';

export function describeCause(pool: WirePool): string {
  return [describeHolders(pool), ...listNotes(pool)].map((text) => `${text}.`).join(' ');
}

function describeHolders(pool: WirePool): string {
  const { mode, cause, live, timeWait, closeRate, sustainableRate } = pool;
  const held = `${formatCount(timeWait)} ports are in TIME_WAIT, ${formatCount(live)} are open`;
  if (mode === 'exhausted')
    return `All ${formatCount(pool.capacity)} ports are held: ${formatCount(timeWait)} in TIME_WAIT, ${formatCount(live)} open`;
  if (pool.demandAtLeast || cause === 'unanswered') return held;
  if (mode === 'leak' || cause === 'growth') return describeGrowth(pool);
  if (closeRate === null || mode === 'idle') return held;
  return `${formatRate(closeRate)} closes/s; the ports allow ${formatRate(sustainableRate)}/s`;
}

function describeGrowth({ liveGrowth, live, closeWait }: WirePool): string {
  const stuck = closeWait > 0 ? `; of ${formatCount(live)} open ones, ${formatCount(closeWait)} are in CLOSE_WAIT` : '';
  const { figure, unit } = splitGrowth(liveGrowth ?? 0);
  return `${figure} more connections are opened than closed per ${unit}${stuck}`;
}

function listNotes({ kind, reuse, localAddress, skippedPorts }: WirePool): string[] {
  const notes: string[] = [];
  if (kind === 'bind') {
    const address = isWildcard(localAddress) ? 'the wildcard address' : 'this address';
    notes.push(`Clients bind to ${address} first, so all destinations share its ports`);
  }
  if (reuse === 'after_delay') notes.push('connect() reuses ports in TIME_WAIT after the reuse delay');
  if (skippedPorts !== undefined) notes.push(`connect() skips ${formatCount(skippedPorts)} ports that look free`);
  return notes;
}
