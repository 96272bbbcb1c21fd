/** What an incident gathers while it is open: the peak of each pool, its outages, and the forecasts that were made of it. */
import type { Alert } from '../alert/alert.js';
import type { PoolForecast } from '../forecast/types.js';
import { buildOutageKey, type Outage } from '../outage/outage.js';
import { MINUTE_MS } from '../units.js';
import type { Incident, IncidentPool, MadeForecast, MadeForecasts } from './incident.js';

/** The newest outages that are kept of each pool. */
const MAX_OUTAGES = 20;
/** What was gathered is stored at the latest after this time, and at once when the peak grew by this share of the limit. */
const SAVE_EVERY_MS = MINUTE_MS;
const SAVE_GROWTH = 0.05;

/** The pool with what the newest state of its alert shows; the same object when that is nothing new. */
export function gather(pool: IncidentPool, { latest, outages = [] }: Pick<Alert, 'latest' | 'outages'>): IncidentPool {
  if (latest === null) return pool;
  const known = mergeOutages(pool.outages ?? [], outages);
  const forecasts = gatherForecasts(pool.forecasts, latest, known.length > 0);
  const isHigher = latest.used > pool.peakUsed;
  const lastCapacity = latest.capacity;
  const isSame =
    !isHigher &&
    known === pool.outages &&
    forecasts === pool.forecasts &&
    lastCapacity === (pool.lastCapacity ?? pool.capacity);
  if (isSame) return pool;
  return {
    ...pool,
    ...(isHigher ? { peakUsed: latest.used, peakAtMs: latest.sampledAtMs } : {}),
    lastCapacity,
    ...(known.length > 0 ? { outages: known } : {}),
    ...(forecasts === undefined ? {} : { forecasts }),
  };
}

/** Whether what was gathered since the incident was last stored is to be stored now. */
export function mustSave({ pools, savedAtMs = 0 }: Incident, before: Incident, nowMs: number): boolean {
  if (pools === before.pools && before.pools.every((pool) => pool.savedPeak === pool.peakUsed)) return false;
  if (nowMs < savedAtMs || nowMs - savedAtMs >= SAVE_EVERY_MS) return true;
  return pools.some((pool, index) => {
    const grown = pool.peakUsed - (pool.savedPeak ?? 0);
    return grown >= SAVE_GROWTH * pool.capacity || hasOutageChanged(pool, before.pools[index]);
  });
}

/** The incident as it is stored now. */
export function markSaved(incident: Incident, nowMs: number): Incident {
  const pools = incident.pools.map((pool) =>
    pool.savedPeak === pool.peakUsed ? pool : { ...pool, savedPeak: pool.peakUsed },
  );
  return { ...incident, savedAtMs: nowMs, pools };
}

/** An outage that begins or ends is stored at once. While it goes on, its counts are stored with the rest. */
function hasOutageChanged({ outages = [] }: IncidentPool, before: IncidentPool | undefined): boolean {
  const known = before?.outages ?? [];
  return outages.length !== known.length || outages.at(-1)?.isOver !== known.at(-1)?.isOver;
}

function mergeOutages(known: readonly Outage[], newest: readonly Outage[]): readonly Outage[] {
  if (newest.length === 0 || newest === known) return known;
  const byKey = new Map([...known, ...newest].map((outage) => [buildOutageKey(outage), outage]));
  const merged = [...byKey.values()].sort((a, b) => a.fromMs - b.fromMs).slice(-MAX_OUTAGES);
  const isSame = merged.length === known.length && merged.every((outage, index) => outage === known[index]);
  return isSame ? known : merged;
}

/** Forecasts that name an instant. One that is made while the ports are out is about the next time, so it is left out. */
function gatherForecasts(
  known: MadeForecasts | undefined,
  pool: PoolForecast,
  hasRunOut: boolean,
): MadeForecasts | undefined {
  const { exhaustsAtMs } = pool;
  if (exhaustsAtMs === null || hasRunOut || pool.mode === 'exhausted') return known;
  if (known?.last.madeAtMs === pool.sampledAtMs) return known;
  const made: MadeForecast = {
    madeAtMs: pool.sampledAtMs,
    exhaustsAtMs,
    earliestAtMs: pool.earliestAtMs,
    latestAtMs: pool.latestAtMs,
    probability: pool.probability,
  };
  if (known === undefined) return { first: made, worst: made, last: made };
  const isWorse = (made.probability ?? 0) > (known.worst.probability ?? 0);
  return { first: known.first, worst: isWorse ? made : known.worst, last: made };
}
