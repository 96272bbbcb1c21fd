/** Holds the order of a table while the pointer or the focus is in it. */
import { useRef, useState } from 'preact/hooks';
import { holdOrder } from './sort.js';

interface HeldOrder<T> {
  readonly rows: readonly T[];
  /** Whether the order on screen differs from the sorted one. */
  readonly held: boolean;
  /** Drops the held order, for when the viewer chooses another one. */
  readonly release: () => void;
  /** For the element around the rows. */
  readonly handlers: {
    readonly onPointerEnter: () => void;
    readonly onPointerLeave: () => void;
    readonly onFocusIn: () => void;
    readonly onFocusOut: (event: FocusEvent) => void;
  };
}

export function useHeldOrder<T>(sorted: readonly T[], idOf: (row: T) => string): HeldOrder<T> {
  const shownIds = useRef<readonly string[]>([]);
  const [pointerInside, setPointerInside] = useState(false);
  const [focusInside, setFocusInside] = useState(false);
  const rows = pointerInside || focusInside ? holdOrder(sorted, idOf, shownIds.current) : sorted;
  const held = rows.some((row, index) => row !== sorted[index]);
  shownIds.current = rows.map(idOf);
  return {
    rows,
    held,
    release: () => {
      shownIds.current = [];
    },
    handlers: {
      onPointerEnter: () => setPointerInside(true),
      onPointerLeave: () => setPointerInside(false),
      onFocusIn: () => setFocusInside(true),
      onFocusOut: (event) => {
        const { currentTarget: table, relatedTarget: next } = event;
        setFocusInside(table instanceof Node && next instanceof Node && table.contains(next));
      },
    },
  };
}
