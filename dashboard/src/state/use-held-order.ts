/** Holds the order of a table while the pointer or the focus is in it. */
import { useRef, useState } from 'preact/hooks';
import { holdOrder } from './sort.js';

export interface HeldOrder<T> {
  readonly rows: readonly T[];
  /** The order on screen is not the true one right now. */
  readonly held: boolean;
  /** Forgets the held order: the viewer asked for another. */
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
  const shown = useRef<readonly string[]>([]);
  const [pointer, setPointer] = useState(false);
  const [focus, setFocus] = useState(false);
  const rows = pointer || focus ? holdOrder(sorted, idOf, shown.current) : sorted;
  const held = rows.some((row, index) => row !== sorted[index]);
  shown.current = rows.map(idOf);
  return {
    rows,
    held,
    release: () => {
      shown.current = [];
    },
    handlers: {
      onPointerEnter: () => setPointer(true),
      onPointerLeave: () => setPointer(false),
      onFocusIn: () => setFocus(true),
      onFocusOut: (event) => {
        const [inside, next] = [event.currentTarget, event.relatedTarget];
        setFocus(inside instanceof Node && next instanceof Node && inside.contains(next));
      },
    },
  };
}
