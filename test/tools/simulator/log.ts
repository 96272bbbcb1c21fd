/** A log of instants, each with the destination it concerns, in growing columns. */

interface Log {
  push(atMs: number, group: number, kind: number): void;
  size(): number;
  /** Views of the columns, for reading only. */
  atMs(): Float64Array;
  group(): Uint16Array;
  kind(): Uint8Array;
}

export function createLog(): Log {
  let size = 0;
  let at = new Float64Array(256);
  let groups = new Uint16Array(256);
  let kinds = new Uint8Array(256);
  const grow = (): void => {
    const [oldAt, oldGroups, oldKinds] = [at, groups, kinds];
    at = new Float64Array(size * 2);
    groups = new Uint16Array(size * 2);
    kinds = new Uint8Array(size * 2);
    at.set(oldAt);
    groups.set(oldGroups);
    kinds.set(oldKinds);
  };
  return {
    push(atMs, group, kind) {
      if (size === at.length) grow();
      at[size] = atMs;
      groups[size] = group;
      kinds[size] = kind;
      size += 1;
    },
    size: () => size,
    atMs: () => at.subarray(0, size),
    group: () => groups.subarray(0, size),
    kind: () => kinds.subarray(0, size),
  };
}
