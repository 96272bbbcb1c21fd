/** How long a closed connection kept its port, inferred from what is stored of a pool: the hold itself is not stored. */
import { MINUTE_MS, SECOND_MS } from '../units.js';

const MAX_HOLD_MS = 10 * MINUTE_MS;
/** Pressure is stored in steps of this size. */
const PRESSURE_STEP = 0.0001;
/** A hold is inferred only where the steps change it by at most this: with few closes they change it by more. */
const MAX_HOLD_ERROR_MS = SECOND_MS / 2;

interface StoredPressure {
  readonly closeRate: number | null;
  readonly pressure: number | null;
  readonly live: number;
  readonly capacity: number;
}

/**
 * How long a closed connection kept its port, computed from pressure, close rate and live ports: pressure is
 * `(live + closeRate x hold) / capacity`. Null where the result would be too inexact.
 */
export function inferHold({ closeRate, pressure, live, capacity }: StoredPressure): number | null {
  if (closeRate === null || pressure === null || closeRate <= 0) return null;
  if ((SECOND_MS * PRESSURE_STEP * capacity) / closeRate > MAX_HOLD_ERROR_MS) return null;
  const holdMs = (SECOND_MS * (pressure * capacity - live)) / closeRate;
  return holdMs > 0 && holdMs < MAX_HOLD_MS ? holdMs : null;
}

/** The median of the holds that the samples show; null where none shows one. */
export function findStoredHold(samples: readonly StoredPressure[]): number | null {
  const holds = samples.map(inferHold).filter((hold) => hold !== null);
  holds.sort((a, b) => a - b);
  return holds[Math.floor(holds.length / 2)] ?? null;
}
