/** What was forecast of a pool when it joined its incident, against what came. */
import { formatCount, SECOND_MS } from '../../../daemon/units.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { Incident } from '../state/incident-types.js';
import { formatInstant, formatWholeDuration, parseInstant } from './format.js';
import { findSpan } from './outages.js';

type Pool = Incident['pools'][number];

/** Within its time: of these pools, from the beginning of the incident to its end. Oldest first. */
export function selectOutages(incident: Incident, outages: readonly WireOutage[]): WireOutage[] {
  const ids = new Set(incident.pools.map(({ id }) => id));
  const fromMs = parseInstant(incident.openedAt) ?? 0;
  const toMs = parseInstant(incident.resolvedAt) ?? Infinity;
  return outages
    .filter((outage) => {
      const span = findSpan(outage);
      return ids.has(outage.poolId) && span.toMs >= fromMs && span.fromMs <= toMs;
    })
    .sort((a, b) => a.from.localeCompare(b.from));
}

/** `14:03:22`; null where no exhaustion was forecast. */
export function describeForecast({ forecastExhaustionAt }: Pool, nowMs: number): string | null {
  const atMs = parseInstant(forecastExhaustionAt);
  return atMs === null ? null : `full ${formatInstant(atMs, nowMs)}`;
}

interface Came {
  /** Of this pool; null where they are not known. */
  readonly outages: readonly WireOutage[] | null;
  readonly isOver: boolean;
  readonly nowMs: number;
}

/** `Ran out 14:03:26, 4 s later, for 90 s`, `Did not run out`. */
export function describeCame(pool: Pool, { outages, isOver, nowMs }: Came): string {
  if (outages === null) return 'not known';
  const forecastMs = parseInstant(pool.forecastExhaustionAt);
  const [first] = outages;
  if (first === undefined) return isOver || isPassed(forecastMs, nowMs) ? 'Did not run out' : 'Has not run out so far';
  const { fromMs } = findSpan(first);
  const totalMs = outages.reduce((sum, { durationSeconds }) => sum + durationSeconds * SECOND_MS, 0);
  const times = outages.length === 1 ? '' : ` (${formatCount(outages.length)} times)`;
  const length = first.to === null ? 'still so' : `for ${formatWholeDuration(Math.max(SECOND_MS, totalMs))}${times}`;
  return `Ran out ${formatInstant(fromMs, nowMs)}${describeError(forecastMs, fromMs)}, ${length}`;
}

function isPassed(forecastMs: number | null, nowMs: number): boolean {
  return forecastMs !== null && nowMs > forecastMs;
}

function describeError(forecastMs: number | null, cameMs: number): string {
  if (forecastMs === null) return '';
  const errorMs = cameMs - forecastMs;
  if (Math.abs(errorMs) < SECOND_MS) return ', as forecast';
  return `, ${formatWholeDuration(Math.abs(errorMs))} ${errorMs > 0 ? 'later' : 'earlier'}`;
}

/** `165 connects failed`, with what is estimated and what was not counted; null without outages. */
export function describeFailedConnects(outages: readonly WireOutage[]): string | null {
  if (outages.length === 0) return null;
  const known = outages.filter(({ failedConnects }) => failedConnects !== null);
  if (known.length === 0) return 'failed connects not counted';
  const sum = known.reduce((total, { failedConnects }) => total + (failedConnects ?? 0), 0);
  const estimated = known.some(({ failedConnectsEstimated }) => failedConnectsEstimated);
  const text = `${formatCount(sum)} connect${sum === 1 ? '' : 's'} failed`;
  return estimated ? `about ${text} (partly estimated)` : text;
}
