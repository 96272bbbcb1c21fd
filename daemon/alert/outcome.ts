/** What became of an alert: whether the ports ran out, for how long, how many calls failed, and how early the warning came. */
import type { PoolForecast } from '../forecast/types.js';
import type { Outage } from '../outage/outage.js';
import { formatCount, formatDuration, SECOND_MS } from '../units.js';
import type { Alert } from './alert.js';
import { formatClock, formatTimeOfDay, nameCalls } from './names.js';

type FailedCount = Pick<Outage, 'failedConnects' | 'isEstimated'>;
type Pool = Pick<PoolForecast, 'kind'>;

/**
 * `Out of ports 17:58:36 to 17:59:06 UTC, 165 connects failed; the warning came 28 s before.`, `It did not run out.`
 * Null where outages are not followed.
 */
export function describeOutcome({ outages }: Pick<Alert, 'outages'>, pool: Pool): string | null {
  if (outages === undefined) return null;
  const [first] = outages;
  if (first === undefined) return 'It did not run out.';
  if (outages.length === 1) return `Out of ports ${describeOutage(first, pool)}.`;
  const failed = describeFailed(sumFailed(outages), pool);
  const from = formatClock(first.fromMs);
  return `Out of ports ${outages.length} times, first at ${from}, ${describeEnd(outages)}, for ${formatLength(outages)} in all, ${failed}; ${describeWarning(first, ' of the first')}.`;
}

/** One outage: `17:58:36 to 17:59:06 UTC, 165 connects failed; the warning came 28 s before`. */
function describeOutage(outage: Outage, pool: Pool): string {
  return `${describeSpan(outage)}, ${describeFailed(outage, pool)}; ${describeWarning(outage)}`;
}

/** The same for a title: `for 30 s, 165 connects failed`; null without an outage. */
export function describeOutagesShortly({ outages = [] }: Pick<Alert, 'outages'>, pool: Pool): string | null {
  if (outages.length === 0) return null;
  return `for ${formatLength(outages)}, ${countFailed(sumFailed(outages), pool)}`;
}

function describeSpan({ fromMs, lastMs, isOver }: Outage): string {
  if (!isOver) return `since ${formatTimeOfDay(fromMs)}`;
  const [from, to] = [formatClock(fromMs), formatClock(lastMs)];
  return from === to && lastMs - fromMs < SECOND_MS ? `at ${from} UTC` : `${from} to ${to} UTC`;
}

function describeEnd(outages: readonly Outage[]): string {
  const last = outages.at(-1);
  return last === undefined || !last.isOver ? 'and still' : `last at ${formatTimeOfDay(last.lastMs)}`;
}

/**
 * How long ports were out, all outages together: at least a second, which is what the times of day can show. A time in which
 * several pools were out counts once.
 * @param outages ascending by their start.
 */
export function formatLength(outages: readonly Outage[]): string {
  let sumMs = 0;
  let untilMs = -Infinity;
  for (const { fromMs, lastMs } of outages) {
    sumMs += Math.max(0, lastMs - Math.max(fromMs, untilMs));
    untilMs = Math.max(untilMs, lastMs);
  }
  return sumMs < SECOND_MS ? 'under 1 s' : formatDuration(Math.round(sumMs / SECOND_MS) * SECOND_MS);
}

function sumFailed(outages: readonly Outage[]): FailedCount {
  const known = outages.flatMap(({ failedConnects }) => (failedConnects === null ? [] : [failedConnects]));
  return {
    failedConnects: known.length === 0 ? null : known.reduce((sum, failed) => sum + failed, 0),
    // The outages whose failed calls are not known are missing in the sum.
    isEstimated: known.length < outages.length || outages.some(({ isEstimated }) => isEstimated),
  };
}

function describeFailed({ failedConnects, isEstimated }: FailedCount, pool: Pool): string {
  const failed = countFailed({ failedConnects, isEstimated }, pool);
  return isEstimated && failedConnects !== null ? `${failed} (estimated, not counted)` : failed;
}

/** `165 connects failed`, `about 165 connects failed` for an estimate. */
export function countFailed({ failedConnects, isEstimated }: FailedCount, pool: Pool): string {
  if (failedConnects === null) return `failed ${nameCalls(pool)} not counted`;
  const calls = `${formatCount(failedConnects)} ${nameCalls(pool, failedConnects)} failed`;
  if (isEstimated) return `about ${calls}`;
  return failedConnects === 0 ? `no ${nameCalls(pool, 1)} failed` : calls;
}

function describeWarning({ warnedMs }: Outage, outage = ''): string {
  if (warnedMs === null) return `no warning${outage} came before`;
  const rounded = Math.max(SECOND_MS, Math.round(warnedMs / SECOND_MS) * SECOND_MS);
  return `the warning${outage} came ${formatDuration(rounded)} before`;
}
