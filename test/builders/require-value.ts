/**
 * The value itself. A missing value fails the test here, so that no assertion on it can pass by comparing with a default.
 */
export function requireValue<T>(value: T | null | undefined): T {
  if (value === null || value === undefined) throw new Error('a value that the test needs is missing');
  return value;
}
