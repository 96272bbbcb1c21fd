/** The limit of open descriptors of the processes that hold a pool, beside its ports: which of the two ends first. */
import type { PoolForecast } from '../forecast/types.js';
import { formatCount, formatGrowth } from '../units.js';
import { formatSeconds } from './build-remedy.js';
import type { Owner } from './context.js';
import { timeToFill } from './effect.js';

export interface DescriptorUse {
  readonly pid: number;
  readonly name: string;
  /** Null where it could not be read, and the limit also where there is none; `why` has the reason then. */
  readonly open: number | null;
  readonly limit: number | null;
  readonly why: string | null;
  /** Until accept(), open() and connect() fail with EMFILE, at the present growth; null without growth or where unknown. */
  readonly secondsToLimit: number | null;
  /** Until the ports run out by the growth alone; null where that is not foreseen. */
  readonly secondsToPorts: number | null;
  /** One sentence with the numbers. */
  readonly text: string;
}

/** Owners of which the descriptors are told. */
const MOST = 5;

export function compareDescriptors(forecast: PoolForecast, owners: readonly Owner[]): DescriptorUse[] {
  return owners
    .filter(({ openFiles, confidence }) => openFiles !== undefined && confidence > 0)
    .slice(0, MOST)
    .map((owner) => compareOne(forecast, owner));
}

function compareOne(forecast: PoolForecast, { pid, name, confidence, ...owner }: Owner): DescriptorUse {
  const { openFiles: open = null, openFilesLimit: limit = null, openFilesWhy: why = null } = owner;
  const growth = forecast.liveGrowth ?? 0;
  // Each process takes the share of the growth that it has of the connections.
  const own = growth * confidence;
  const secondsToLimit = open === null || limit === null ? null : timeToFill(limit - open, own);
  const secondsToPorts = timeToFill(forecast.available, growth);
  const use = { pid, name, open, limit, why, secondsToLimit, secondsToPorts };
  return { ...use, text: describe(use, own) };
}

function describe(
  { name, pid, open, limit, why, secondsToLimit, secondsToPorts }: Omit<DescriptorUse, 'text'>,
  growth: number,
): string {
  const who = `${name} (pid ${pid})`;
  const reason = why ?? 'no reason is known';
  if (open === null) return `The descriptors of ${who} cannot be read: ${reason}.`;
  if (limit === null)
    return `${who} has ${formatCount(open)} descriptors open, and there is no limit to compare with: ${reason}.`;
  const use = `${who} has ${formatCount(open)} of ${formatCount(limit)} descriptors open`;
  if (secondsToLimit === null) return `${use}.`;
  const ports = secondsToPorts === null ? '' : `, ports in ${formatSeconds(secondsToPorts)}`;
  return `${use}, ${formatGrowth(growth)}: EMFILE in ${formatSeconds(secondsToLimit)}${ports}.`;
}
