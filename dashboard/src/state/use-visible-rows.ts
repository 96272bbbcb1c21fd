/** Which rows of a long table lie near the window, so that only these are rendered. */
import type { RefObject } from 'preact';
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';

/** A shorter list is rendered whole. */
const WHOLE_UP_TO = 60;
/** Rows that are rendered above and below the window, for fast scrolling and for the keyboard. */
const OVERSCAN = 15;
/** The first row changes in steps of so many, so that not every scroll event renders. */
const STEP = 5;
const FIRST_GUESS_PX = 40;

interface VisibleRows {
  /** For the element around the rows. */
  readonly body: RefObject<HTMLTableSectionElement | null>;
  readonly first: number;
  /** Behind the last one. */
  readonly end: number;
  /** The average height of a row. */
  readonly heightPx: number;
}

export function useVisibleRows(count: number): VisibleRows {
  const body = useRef<HTMLTableSectionElement>(null);
  const heightPx = useRef(FIRST_GUESS_PX);
  const [first, setFirst] = useState(0);
  const isWhole = count <= WHOLE_UP_TO;
  const length = Math.ceil(innerHeight / heightPx.current) + 2 * OVERSCAN + STEP;
  const start = isWhole ? 0 : Math.max(0, Math.min(first, count - length));
  const end = isWhole ? count : Math.min(count, start + length);

  useLayoutEffect(() => {
    if (isWhole) return;
    const rows = [...(body.current?.querySelectorAll<HTMLElement>(':scope > tr:not([aria-hidden])') ?? [])];
    const sum = rows.reduce((total, row) => total + row.offsetHeight, 0);
    if (sum > 0) heightPx.current = sum / rows.length;
  }, [isWhole, start, end]);

  useEffect(() => {
    if (isWhole) return undefined;
    const update = (): void => {
      const top = body.current?.getBoundingClientRect().top ?? 0;
      const above = Math.floor(-top / heightPx.current) - OVERSCAN;
      setFirst(Math.max(0, Math.floor(above / STEP) * STEP));
    };
    update();
    addEventListener('scroll', update, { passive: true });
    addEventListener('resize', update);
    return () => {
      removeEventListener('scroll', update);
      removeEventListener('resize', update);
    };
  }, [isWhole]);

  return { body, first: start, end, heightPx: heightPx.current };
}
