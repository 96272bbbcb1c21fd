/** Hosts, pools and tables as text, for all commands. Pure. */
import { nameBursts } from '../alert/summary.js';
import { SOURCE_NAMES } from '../contracts.js';
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../units.js';
import type { WireHost } from '../wire/host.js';
import type { WirePool } from '../wire/pool.js';
import { formatProcesses } from '../wire/process-groups.js';
import { formatEndpoint } from '../host/endpoint.js';

const UNKNOWN = '?';
const HEADINGS = ['DESTINATION', 'FROM', 'USED', 'OF', 'PRESSURE', 'CLOSES/S', 'SUSTAINABLE', 'RUNS OUT', 'MODE'];
const RIGHT_ALIGNED = ['USED', 'OF', 'PRESSURE', 'CLOSES/S', 'SUSTAINABLE'];
/** `auto` tries this source first. When it works there is no reason to show. */
const FIRST_SOURCE = SOURCE_NAMES[0];

/** Lines with columns under their headings. The columns named in `right` are right-aligned. */
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

/** `10.0.0.2:443` or `[2001:db8::1]:443`. A pool of explicitly bound ports serves every destination. */
export function formatRemote(pool: Pick<WirePool, 'remoteAddress' | 'remotePort'>): string {
  if (pool.remoteAddress === null || pool.remotePort === null) return 'any (bound ports)';
  return formatEndpoint(pool.remoteAddress, pool.remotePort);
}

/** The source, the port range, TIME_WAIT, reuse, and the limit per destination that follows from them. */
export function formatHost(host: WireHost): string[] {
  const [first, last] = host.range;
  const reserved = host.reserved > 0 ? `, ${formatCount(host.reserved)} of them reserved` : '';
  const assumed = host.timeWaitAssumed ? ' (assumed)' : '';
  const now = host.timeWait === null ? '' : `, ${formatCount(host.timeWait)} sockets now`;
  return [
    `source       ${host.source}${host.source === FIRST_SOURCE ? '' : `: ${host.sourceWhy}`}`,
    `range        ${first} to ${last}, ${formatCount(last - first + 1)} ports${reserved}`,
    `TIME_WAIT    ${formatTimeWait(host)}${assumed}${now}`,
    `reuse        ${formatReuse(host)}`,
    `limit        ${formatLimit(host)}`,
    ...(host.boundPortsNote === undefined ? [] : [`bound        ${host.boundPortsNote}`]),
    ...(host.problems ?? []).map((problem) => `note         ${problem}`),
  ];
}

function formatLimit({ noPortWhy, capacity, sustainableRate }: WireHost): string {
  if (noPortWhy !== null) return `0 ports, so every connect() fails: ${noPortWhy}`;
  return `${formatCount(capacity)} ports, ${formatRate(sustainableRate)} closes/s, per destination`;
}

/** The kernel releases TIME_WAIT ports in steps, so a port is held for up to one step longer. */
function formatTimeWait({ timeWaitSeconds, granularitySeconds }: WireHost): string {
  if (granularitySeconds === 0) return formatDuration(timeWaitSeconds * SECOND_MS);
  return `${formatSeconds(timeWaitSeconds)} to ${formatSeconds(timeWaitSeconds + granularitySeconds)} s`;
}

/** Whole seconds; with a decimal below 10 s, where a release step may be shorter than a second. */
function formatSeconds(seconds: number): string {
  return seconds < 10 ? String(Number(seconds.toFixed(1))) : formatCount(seconds);
}

function formatReuse({ reuse, reuseDelaySeconds, timestamps }: WireHost): string {
  const after = `after ${formatDuration(reuseDelaySeconds * SECOND_MS)}`;
  const withoutTimestamps = timestamps ? '' : '; not in effect, because TCP timestamps are off';
  switch (reuse) {
    case null:
      return 'not on this system';
    case 0:
      return 'off (tcp_tw_reuse 0)';
    case 1:
      return `on, ${after}, where both ends use timestamps (tcp_tw_reuse 1)${withoutTimestamps}`;
    case 2:
      return `on loopback only, ${after} (tcp_tw_reuse 2)${withoutTimestamps}`;
  }
}

/** The pools as a table, worst first. Below a pool that is not idle stand the reason of its forecast and notes. */
export function formatPools(pools: readonly WirePool[], limit: number): string[] {
  const shown = pools.slice(0, limit);
  const [heading = '', ...rows] = formatTable(HEADINGS, shown.map(poolCells), RIGHT_ALIGNED);
  const lines = [heading];
  rows.forEach((row, index) => {
    const pool = shown[index];
    lines.push(row);
    if (pool !== undefined && (pool.mode !== 'idle' || pool.pressure === null || pool.demandAtLeast)) {
      lines.push(`  ${pool.why}`, ...noteLines(pool));
    }
  });
  const more = pools.length - shown.length;
  if (more > 0) lines.push(`and ${formatCount(more)} more with less pressure (--json has them all)`);
  return lines;
}

/** Failed connects, what the probability rests on, and the outlook, where the pool has them. */
function noteLines(pool: WirePool): string[] {
  const notes: string[] = [];
  if (pool.processes.length > 0) notes.push(`held by ${formatProcesses(pool.processes, { shares: true })}`);
  const { failedConnects, probability, probabilityIfHeld, outlookWhy } = pool;
  if (failedConnects !== null && failedConnects > 0) {
    notes.push(
      `${formatCount(failedConnects)} ${pool.kind === 'bind' ? 'binds' : 'connects'} failed in the last minute`,
    );
  }
  if (pool.probabilityBasis === 'history' && probability !== null && probabilityIfHeld !== null) {
    const without = `${formatPercent(probabilityIfHeld)} without them`;
    notes.push(`risk within 10 min: ${formatPercent(probability)}, ${nameBursts(pool.burstsKnown)} (${without})`);
  }
  if (pool.probabilityBasis === 'climb') notes.push('the close rate rises; it may stop rising first');
  if (outlookWhy !== null) notes.push(`outlook: ${outlookWhy}`);
  return notes.map((note) => `  ${note}`);
}

function poolCells(pool: WirePool): string[] {
  return [
    formatRemote(pool),
    pool.localAddress,
    formatCount(pool.used),
    formatCount(pool.capacity),
    pool.pressure === null ? UNKNOWN : markAtLeast(pool, formatPercent(pool.pressure)),
    pool.closeRate === null ? UNKNOWN : markAtLeast(pool, formatRate(pool.closeRate)),
    formatRate(pool.sustainableRate),
    formatRunsOut(pool),
    pool.mode,
  ];
}

/** While calls fail, closes give the least demand that is known, and without one they say nothing of it. */
function markAtLeast({ mode, demandAtLeast, closeRate }: WirePool, text: string): string {
  if (mode !== 'exhausted' && !demandAtLeast) return text;
  return demandAtLeast && (closeRate ?? 0) > 0 ? `>= ${text}` : UNKNOWN;
}

/** The time until the pool runs out, with the 90% interval: `in 16 s (90%: 14 s to 19 s)`. */
function formatRunsOut(pool: WirePool): string {
  if (pool.mode === 'exhausted') return 'now';
  if (pool.demandAtLeast && pool.exhaustsAt === null) return 'had run out';
  if (pool.secondsToExhaustion === null || pool.exhaustsAt === null) return pool.closeRate === null ? UNKNOWN : 'no';
  const expected = `in ${formatDuration(pool.secondsToExhaustion * SECOND_MS)}`;
  if (pool.earliestAt === null) return expected;
  const until = (at: string) => formatDuration(Math.max(0, Date.parse(at) - Date.parse(pool.sampledAt)));
  const earliest = until(pool.earliestAt);
  const interval = pool.latestAt === null ? `after ${earliest}, or never` : `${earliest} to ${until(pool.latestAt)}`;
  return `${expected} (90%: ${interval})`;
}
