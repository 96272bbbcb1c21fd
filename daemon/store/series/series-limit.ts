/** Limits the number of series: chooses those that are stored by name at an instant; the others are summed into `other`. */
import { takeFirst } from '../../top-ranked.js';
import { MINUTE_MS } from '../../units.js';

export const OTHER = 'other';
/** A series whose sockets are all gone is still stored, as zeros, for this long; after that its history has a gap. */
const ABSENT_MS = 5 * MINUTE_MS;
/** The weight of a kept series counts so much more, so that two similar series do not swap places at every sample. */
const INCUMBENT_FACTOR = 1.25;
const INCUMBENT_BONUS = 1;

/** The names that are stored, with the monotonic instant at which each was last present. */
export type KeptSeries = Map<string, number>;

export interface Selection {
  readonly kept: ReadonlySet<string>;
  /** Names that were stored before and have no socket at this instant: their true value is zero. */
  readonly absent: readonly string[];
}

/**
 * Chooses at most `max` of the names present, the heaviest first, with a bonus for those in `kept`; updates `kept`.
 * Absent names keep their place only while there is room.
 */
export function selectSeries(
  kept: KeptSeries,
  weights: ReadonlyMap<string, number>,
  options: { readonly max: number; readonly monotonicMs: number },
): Selection {
  const { max, monotonicMs } = options;
  const chosen = new Set(weights.size <= max ? weights.keys() : rankHeaviest(kept, weights, max));
  const absent: string[] = [];
  for (const [name, seenMs] of kept) {
    if (chosen.has(name)) continue;
    const absentLately = !weights.has(name) && monotonicMs - seenMs < ABSENT_MS;
    if (absentLately && chosen.size + absent.length < max) absent.push(name);
    else kept.delete(name);
  }
  for (const name of chosen) kept.set(name, monotonicMs);
  return { kept: chosen, absent };
}

function rankHeaviest(kept: KeptSeries, weights: ReadonlyMap<string, number>, max: number): string[] {
  const ranked = [...weights].map(([name, weight]) => ({
    name,
    score: kept.has(name) ? weight * INCUMBENT_FACTOR + INCUMBENT_BONUS : weight,
  }));
  const heaviest = takeFirst(ranked, max, (a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  return heaviest.map(({ name }) => name);
}
