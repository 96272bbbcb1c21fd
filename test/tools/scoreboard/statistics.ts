/** What figures are made of; NaN where there is nothing to make them of. */
import type { Warnings } from './case-figures.js';

export function quantile(values: readonly number[], q: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

export function mean(values: readonly number[]): number {
  return ratio(sum(values), values.length);
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function ratio(a: number, b: number): number {
  return b === 0 ? NaN : a / b;
}

/** Lead of all over what was possible. */
export function leadShare(warnings: readonly Warnings[]): number {
  return ratio(sum(warnings.map(({ leadS }) => leadS)), sum(warnings.map(({ possibleS }) => possibleS)));
}
