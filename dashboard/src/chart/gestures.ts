/** What the pointer does on a chart: drag to zoom, drag with Shift to move, fingers to move and to zoom, the wheel. */
import { moveSpan, pinchSpan, zoomSpan, type Span } from './span.js';

export interface SpanControl {
  /** What is shown now. */
  readonly read: () => Span;
  readonly show: (span: Span) => void;
  readonly reset: () => void;
  /** The present: nothing is shown beyond it. */
  readonly endMs: () => number;
}

/** How much one pixel of a wheel zooms. */
const WHEEL_ZOOM = 0.004;

/**
 * Follows the pointer on the area of a chart. A drag without Shift is left to the chart, which shows what is selected.
 * @returns a function that stops it.
 */
export function followGestures(area: HTMLElement, control: SpanControl): () => void {
  const fingers = new Map<number, number>();
  let moving: number | null = null;
  const width = (): number => Math.max(1, area.clientWidth);
  const placeOf = (event: PointerEvent | WheelEvent): number =>
    (event.clientX - area.getBoundingClientRect().left) / width();
  const move = (share: number): void => {
    const span = control.read();
    control.show(moveSpan(span, -share * (span.toMs - span.fromMs), control.endMs()));
  };

  const onDown = (event: PointerEvent): void => {
    if (event.pointerType === 'touch') {
      fingers.set(event.pointerId, placeOf(event));
      return;
    }
    if (!event.shiftKey || event.button !== 0) return;
    moving = placeOf(event);
    area.setPointerCapture(event.pointerId);
    event.preventDefault();
  };
  const onMove = (event: PointerEvent): void => {
    const place = placeOf(event);
    if (moving !== null && event.pointerType !== 'touch') {
      move(place - moving);
      moving = place;
      return;
    }
    const before = fingers.get(event.pointerId);
    if (before === undefined) return;
    const other = [...fingers].find(([id]) => id !== event.pointerId)?.[1];
    if (other === undefined) move(place - before);
    else control.show(pinchSpan(control.read(), [before, other], [place, other], control.endMs()));
    fingers.set(event.pointerId, place);
  };
  const onUp = (event: PointerEvent): void => {
    fingers.delete(event.pointerId);
    moving = null;
  };
  const onWheel = (event: WheelEvent): void => {
    const span = control.read();
    const length = span.toMs - span.fromMs;
    // A pinch on a touch pad comes as a wheel with Ctrl. A wheel alone scrolls the page.
    if (event.ctrlKey) {
      const aboutMs = span.fromMs + placeOf(event) * length;
      control.show(zoomSpan(span, Math.exp(event.deltaY * WHEEL_ZOOM), aboutMs, control.endMs()));
    } else if (Math.abs(event.deltaX) > Math.abs(event.deltaY)) move(-event.deltaX / width());
    else return;
    event.preventDefault();
  };
  const stop = new AbortController();
  const { signal } = stop;
  area.addEventListener('pointerdown', onDown, { signal });
  area.addEventListener('pointermove', onMove, { signal });
  area.addEventListener('pointerup', onUp, { signal });
  area.addEventListener('pointercancel', onUp, { signal });
  area.addEventListener('wheel', onWheel, { passive: false, signal });
  return () => stop.abort();
}
