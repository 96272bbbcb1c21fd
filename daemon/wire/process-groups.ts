/** The processes of a pool as text, for mail, dashboard and commands: grouped by name, the largest owner first. */
import { MAX_KEPT_PROCESSES, type PoolProcess } from '../alert/alert.js';
import { formatDuration, formatPercent } from '../units.js';

/** The names that a text gives at most. */
const MAX_NAMES = 5;

interface ProcessGroup {
  readonly name: string;
  readonly pid: number;
  readonly count: number;
  /** The share of the live connections that its processes hold, 0 to 1. */
  readonly share: number;
  /** When one of them last held a connection; null where that is not known. */
  readonly seenAtMs: number | null;
}

interface ProcessTextOptions {
  /** States the share of each group. */
  readonly shares?: boolean;
  /** With it the text says how long ago an owner was seen that holds no connection now. */
  readonly nowMs?: number;
}

/** `psql (13 processes, 82% of the connections), curl (pid 7, seen 40 s ago)`; empty without processes. */
export function formatProcesses(processes: readonly PoolProcess[], options: ProcessTextOptions = {}): string {
  const groups = groupByName(processes);
  const shown = groups.slice(0, MAX_NAMES).map((group) => formatGroup(group, options));
  const others = groups.length - shown.length;
  return (others === 0 ? shown : [...shown, `${others} ${others === 1 ? 'other' : 'others'}`]).join(', ');
}

function groupByName(processes: readonly PoolProcess[]): ProcessGroup[] {
  const groups = new Map<string, ProcessGroup>();
  for (const { name, pid, confidence, seenAtMs = null } of processes) {
    const group = groups.get(name);
    if (group === undefined) groups.set(name, { name, pid, count: 1, share: confidence, seenAtMs });
    else {
      // Processes may share a socket, which then counts for each of them.
      const share = Math.min(1, group.share + confidence);
      const seen = group.seenAtMs === null || seenAtMs === null ? null : Math.max(group.seenAtMs, seenAtMs);
      groups.set(name, { ...group, count: group.count + 1, share, seenAtMs: seen });
    }
  }
  return [...groups.values()].sort((a, b) => b.share - a.share || b.count - a.count);
}

function formatGroup(
  { name, pid, count, share, seenAtMs }: ProcessGroup,
  { shares, nowMs }: ProcessTextOptions,
): string {
  // The list of processes is cut at its limit, so there may be more of them.
  const many = count >= MAX_KEPT_PROCESSES ? `${count} or more processes` : `${count} processes`;
  const facts = [count === 1 ? `pid ${pid}` : many];
  if (share > 0 && shares === true) facts.push(`${formatPercent(share)} of the connections`);
  if (share === 0 && nowMs !== undefined && seenAtMs !== null) {
    facts.push(`seen ${formatDuration(Math.max(0, nowMs - seenAtMs))} ago`);
  }
  return `${name} (${facts.join(', ')})`;
}
