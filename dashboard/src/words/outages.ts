/** Outages in words, with instants in the time zone of the viewer. */
import { formatCount, formatDuration, SECOND_MS } from '../../../daemon/units.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { formatInstant, parseInstant } from './format.js';

type Kind = WirePool['kind'] | null;

/** `17:58:36 to 17:59:06 (30 s): 165 connects failed, warning 28 s before`. */
export function describeOutage(outage: WireOutage, kind: Kind, nowMs: number): string {
  const { warnedSeconds } = outage;
  const warning = warnedSeconds === null ? 'no warning before' : `warning ${formatSeconds(warnedSeconds)} before`;
  return `${describeSpan(outage, nowMs)}: ${describeFailed(outage, kind)}, ${warning}`;
}

/** For the step under the cursor: `out of ports, 165 connects failed`. Null outside of every outage. */
export function describeOutageAt(outages: readonly WireOutage[], fromMs: number, toMs: number): string | null {
  const outage = outages.findLast((each) => {
    const { fromMs: beganMs, toMs: endedMs } = findSpan(each);
    return beganMs <= toMs && endedMs >= fromMs;
  });
  return outage === undefined ? null : `out of ports, ${describeFailed(outage, null)}`;
}

/** Start and end in epoch ms; an outage that goes on ends with the last sample that showed it. */
export function findSpan({ from, to, durationSeconds }: WireOutage): { fromMs: number; toMs: number } {
  const fromMs = parseInstant(from) ?? 0;
  return { fromMs, toMs: parseInstant(to) ?? fromMs + durationSeconds * SECOND_MS };
}

/** Stored outages and those of alerts, each once in its newest state, oldest first. */
export function mergeOutages(...lists: readonly (readonly WireOutage[])[]): WireOutage[] {
  const byStart = new Map(lists.flat().map((outage) => [`${outage.poolId} ${outage.from}`, outage]));
  return [...byStart.values()].sort((a, b) => a.from.localeCompare(b.from));
}

function describeSpan(outage: WireOutage, nowMs: number): string {
  const { fromMs, toMs } = findSpan(outage);
  const from = formatInstant(fromMs, nowMs);
  if (outage.to === null) return `since ${from}`;
  const length = outage.durationSeconds < 1 ? 'under 1 s' : formatSeconds(outage.durationSeconds);
  return `${from} to ${formatInstant(toMs, nowMs)} (${length})`;
}

function describeFailed({ failedConnects, failedConnectsEstimated }: WireOutage, kind: Kind): string {
  const call = kind === 'bind' ? 'bind' : 'connect';
  if (failedConnects === null) return `failed ${call}s not counted`;
  const failed = `${formatCount(failedConnects)} ${call}${failedConnects === 1 ? '' : 's'} failed`;
  return failedConnectsEstimated ? `about ${failed} (estimated)` : failed;
}

function formatSeconds(seconds: number): string {
  return formatDuration(Math.max(1, Math.round(seconds)) * SECOND_MS);
}
