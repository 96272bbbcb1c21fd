/** Bounded cardinality: which series are kept one by one at an instant, and which are summed into `other`. */

export const OTHER = 'other';
/** A series whose sockets are all gone is still stored, as zeros, for this long; after that its history has a gap. */
const ABSENT_MS = 5 * 60_000;
/** What a newcomer must exceed to push out one that is kept, so that two alike do not swap at every beat. */
const INCUMBENT_FACTOR = 1.25;
const INCUMBENT_BONUS = 1;

/** Names kept, with the monotonic instant each was last present. */
export type KeptSeries = Map<string, number>;

export interface Selection {
  readonly kept: ReadonlySet<string>;
  /** Kept names with nothing at this instant: their true value is zero. */
  readonly absent: readonly string[];
}

/**
 * Chooses at most `max` of the names present, by weight, those already kept favoured; updates `kept`.
 * Names that are absent keep their place only while there is room.
 */
export function selectSeries(
  kept: KeptSeries,
  weights: ReadonlyMap<string, number>,
  options: { readonly max: number; readonly monotonicMs: number },
): Selection {
  const { max, monotonicMs } = options;
  const chosen = new Set(weights.size <= max ? weights.keys() : heaviest(kept, weights, max));
  const absent: string[] = [];
  for (const [name, seenMs] of kept) {
    if (chosen.has(name)) continue;
    const gone = !weights.has(name) && monotonicMs - seenMs < ABSENT_MS;
    if (gone && chosen.size + absent.length < max) absent.push(name);
    else kept.delete(name);
  }
  for (const name of chosen) kept.set(name, monotonicMs);
  return { kept: chosen, absent };
}

function heaviest(kept: KeptSeries, weights: ReadonlyMap<string, number>, max: number): string[] {
  const ranked = [...weights].map(([name, weight]) => ({
    name,
    score: kept.has(name) ? weight * INCUMBENT_FACTOR + INCUMBENT_BONUS : weight,
  }));
  ranked.sort((a, b) => b.score - a.score || (a.name < b.name ? -1 : 1));
  return ranked.slice(0, max).map(({ name }) => name);
}
