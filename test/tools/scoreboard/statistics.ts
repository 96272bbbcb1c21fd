/** Statistics of the figures. The result is NaN where there are no values. */

export function findQuantile(values: readonly number[], q: number): number {
  if (values.length === 0) return NaN;
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? NaN;
}

export function computeMean(values: readonly number[]): number {
  return divide(computeSum(values), values.length);
}

export function computeSum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

export function divide(a: number, b: number): number {
  return b === 0 ? NaN : a / b;
}

/** The sum of the leads over the sum of the possible leads. */
export function computeLeadShare(warnings: readonly { readonly leadS: number; readonly possibleS: number }[]): number {
  return divide(computeSum(warnings.map(({ leadS }) => leadS)), computeSum(warnings.map(({ possibleS }) => possibleS)));
}
