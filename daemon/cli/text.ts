/** Words for people: hosts, pools and tables, shared by the commands. Pure. */
import { formatCount, formatDuration, formatPercent, formatRate } from '../units.js';
import type { WireHost } from '../wire/host.js';
import type { WirePool } from '../wire/pool.js';
import { formatEndpoint } from '../host/endpoint.js';

const UNKNOWN = '?';

/** Columns under their headings; the first columns are left-aligned, those named in `right` right-aligned. */
export function formatTable(
  headings: readonly string[],
  rows: readonly (readonly string[])[],
  right: readonly string[],
) {
  const widths = headings.map((heading, i) => Math.max(heading.length, ...rows.map((row) => row[i]?.length ?? 0)));
  const line = (cells: readonly string[]) =>
    cells
      .map((cell, i) =>
        right.includes(headings[i] ?? '') ? cell.padStart(widths[i] ?? 0) : cell.padEnd(widths[i] ?? 0),
      )
      .join('  ')
      .trimEnd();
  return [line(headings), ...rows.map(line)];
}

/** `10.0.0.2:443`, `[2001:db8::1]:443`, or what a pool without a remote end shares. */
export function formatRemote(pool: Pick<WirePool, 'remoteAddress' | 'remotePort'>): string {
  if (pool.remoteAddress === null || pool.remotePort === null) return 'any (explicit bind)';
  return formatEndpoint(pool.remoteAddress, pool.remotePort);
}

/** The limits of the host: range, TIME_WAIT, reuse, and what they allow towards one destination. */
export function formatHost(host: WireHost): string[] {
  const [first, last] = host.range;
  const reserved = host.reserved > 0 ? `, ${formatCount(host.reserved)} of them reserved` : '';
  const assumed = host.timeWaitAssumed ? ' (assumed)' : '';
  const step = `released every ${host.granularitySeconds} s${host.granularityLearned ? '' : ' (not yet confirmed)'}`;
  const now = host.timeWait === null ? '' : `, ${formatCount(host.timeWait)} now`;
  return [
    `source       ${host.source}: ${host.sourceWhy}`,
    `range        ${first} to ${last}, ${formatCount(last - first + 1)} ports${reserved}`,
    `TIME_WAIT    ${formatDuration(host.timeWaitSeconds * 1000)}${assumed}, ${step}${now}`,
    `reuse        ${reuseText(host)}`,
    `destination  an unused one could take ${formatCount(host.capacity)} ports, and sustain ` +
      `${formatRate(host.sustainableRate)} closes per second`,
  ];
}

function reuseText({ reuse, reuseDelaySeconds, timestamps }: WireHost): string {
  const after = `after ${formatDuration(reuseDelaySeconds * 1000)}`;
  const stamps = timestamps ? '' : '; but TCP timestamps are off, so never';
  switch (reuse) {
    case null:
      return 'this system has none';
    case 0:
      return 'off (tcp_tw_reuse 0)';
    case 1:
      return `on ${after} where both ends use timestamps (tcp_tw_reuse 1)${stamps}`;
    case 2:
      return `on loopback only, ${after} (tcp_tw_reuse 2)${stamps}`;
  }
}

const HEADINGS = ['DESTINATION', 'FROM', 'USED', 'OF', 'PRESSURE', 'CLOSES/S', 'SUSTAINABLE', 'RUNS OUT', 'MODE'];
const RIGHT = ['USED', 'OF', 'PRESSURE', 'CLOSES/S', 'SUSTAINABLE'];

/** The pools as a table, worst first, each with its reason below it when something is wrong with it. */
export function formatPools(pools: readonly WirePool[], limit: number): string[] {
  const shown = pools.slice(0, limit);
  const [heading = '', ...rows] = formatTable(HEADINGS, shown.map(poolCells), RIGHT);
  const lines = [heading];
  rows.forEach((row, index) => {
    const pool = shown[index];
    lines.push(row);
    if (pool !== undefined && (pool.mode !== 'idle' || pool.pressure === null)) {
      lines.push(`  ${pool.why}`, ...noteLines(pool));
    }
  });
  const more = pools.length - shown.length;
  if (more > 0) lines.push(`and ${formatCount(more)} more with less pressure (--json has them all)`);
  return lines;
}

/** What applies to this pool only: connects that fail, what its earlier bursts say, what its peaks lead to. */
function noteLines(pool: WirePool): string[] {
  const notes: string[] = [];
  const { failedConnects: failed, probability, probabilityIfHeld: held, outlookWhy } = pool;
  if (failed !== null && failed > 0) notes.push(`${formatCount(failed)} failed to connect in the last minute`);
  if (pool.probabilityBasis === 'history' && probability !== null && held !== null) {
    const lasted = `by how long earlier bursts lasted (${formatCount(pool.burstsKnown)} known)`;
    notes.push(
      `${formatPercent(probability)} likely within 10 min ${lasted}; if this one goes on, ${formatPercent(held)}`,
    );
  }
  if (pool.probabilityBasis === 'climb') notes.push('its close rate climbs; it runs out if that goes on');
  if (outlookWhy !== null) notes.push(`outlook: ${outlookWhy}`);
  return notes.map((note) => `  ${note}`);
}

function poolCells(pool: WirePool): string[] {
  return [
    formatRemote(pool),
    pool.localAddress,
    formatCount(pool.used),
    formatCount(pool.capacity),
    pool.pressure === null ? UNKNOWN : formatPercent(pool.pressure),
    pool.closeRate === null ? UNKNOWN : formatRate(pool.closeRate),
    formatRate(pool.sustainableRate),
    runsOutText(pool),
    pool.mode,
  ];
}

/** When the pool runs out, with its 90% interval. */
function runsOutText(pool: WirePool): string {
  if (pool.mode === 'exhausted') return 'now';
  if (pool.secondsToExhaustion === null || pool.exhaustsAt === null) return pool.closeRate === null ? UNKNOWN : 'no';
  const until = (at: string) => Math.max(0, Date.parse(at) - Date.parse(pool.sampledAt));
  const early = pool.earliestAt === null ? null : formatDuration(until(pool.earliestAt));
  const late = pool.latestAt === null ? 'never' : formatDuration(until(pool.latestAt));
  return `in ${formatDuration(pool.secondsToExhaustion * 1000)}${early === null ? '' : ` (${early} to ${late})`}`;
}
