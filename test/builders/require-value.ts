/**
 * The value, where a test cannot do without it. A fallback (`value ?? 0`) would let the assertion pass on nothing.
 * @throws {Error} where there is none.
 */
export function requireValue<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error(`a value is needed here, found ${String(value)}`);
  return value;
}
