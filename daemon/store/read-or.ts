/** The result of a read, or the fallback where the database cannot be read. */
export function readOr<T>(fallback: T, read: () => T): T {
  try {
    return read();
  } catch {
    return fallback;
  }
}
