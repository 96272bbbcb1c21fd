/** Rounding of the numbers in the JSON documents. Null means unknown and stays null. */
import { SECOND_MS } from '../units.js';

/** Milliseconds as seconds with two decimals. */
export function roundToSeconds(ms: number | null): number | null {
  return round(ms === null ? null : ms / SECOND_MS, 2);
}

export function round(value: number, digits: number): number;
export function round(value: number | null, digits: number): number | null;
export function round(value: number | null, digits: number): number | null {
  if (value === null) return null;
  const scale = 10 ** digits;
  return Math.round(value * scale) / scale;
}
