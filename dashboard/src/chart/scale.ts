/** The top of an axis of ports. */

/** The capacity is in the picture from the first share of it on, and until use falls below the second. */
const SHOW_CAPACITY_FROM = 0.3;
const HIDE_CAPACITY_BELOW = 0.22;

/** Room above the capacity, and the highest use above it that is shown. */
const CAPACITY_HEADROOM = 1.1;
const MAX_OVER_CAPACITY = 1.2;
const USE_HEADROOM = 1.02;
/** Without the capacity in the picture its label needs room above the use. */
const LABEL_HEADROOM = 1.4;
const MIN_TOP = 5;

const ROUND_STEPS = [1, 1.5, 2, 3, 4, 5, 6, 8, 10];

export interface Scale {
  readonly max: number;
  /** Whether the line of the capacity lies inside. */
  readonly showsCapacity: boolean;
}

/**
 * The distance to the capacity is what matters, so the axis reaches up to it. Where so little is used that it would not be
 * seen, the axis fits the use instead. The two shares keep the axis from switching to and fro.
 */
export function chooseScale(peak: number, capacity: number, showedCapacity: boolean): Scale {
  const share = capacity > 0 ? peak / capacity : 1;
  if (share >= (showedCapacity ? HIDE_CAPACITY_BELOW : SHOW_CAPACITY_FROM)) {
    const highestUse = Math.min(peak, capacity * MAX_OVER_CAPACITY);
    return { max: Math.max(capacity * CAPACITY_HEADROOM, highestUse * USE_HEADROOM, 1), showsCapacity: true };
  }
  return { max: roundUp(Math.max(peak * LABEL_HEADROOM, MIN_TOP)), showsCapacity: false };
}

/** To one of the round steps times a power of ten. */
function roundUp(value: number): number {
  const magnitude = 10 ** Math.floor(Math.log10(value));
  const step = ROUND_STEPS.find((factor) => factor * magnitude >= value) ?? 10;
  return step * magnitude;
}
