/** Rounding of the numbers in the JSON documents. Null stays null. */

export function seconds(ms: number | null): number | null {
  return round(ms === null ? null : ms / 1000, 2);
}

export function round(value: number | null, digits: number): number | null {
  if (value === null) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
