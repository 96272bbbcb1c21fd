/** Spans of time, and how zooming and moving changes them. All instants are epoch ms. */
import { DAY_MS, SECOND_MS } from '../../../daemon/units.js';

export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

/** The shortest span: five samples of the default schedule. */
export const SHORTEST_MS = 10 * SECOND_MS;
/** Longer than anything that is stored. */
export const LONGEST_MS = 400 * DAY_MS;

/** At most so many steps come with one history. */
const MAX_POINTS = 2000;
const MIN_POINTS = 60;

/** One press of a button or key. */
const ZOOM_STEP = 2;
const MOVE_STEP = 0.25;

/** The span at its length, moved so that it does not end later than `endMs`, and neither too short nor too long. */
export function fitSpan({ fromMs, toMs }: Span, endMs: number): Span {
  const lengthMs = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, toMs - fromMs));
  const middleMs = (fromMs + toMs) / 2;
  const latestMs = Math.max(lengthMs, Math.min(endMs, middleMs + lengthMs / 2));
  return { fromMs: latestMs - lengthMs, toMs: latestMs };
}

/**
 * The span scaled about one instant, which keeps its place.
 * @param factor below 1 zooms in.
 */
export function zoomSpan({ fromMs, toMs }: Span, factor: number, aboutMs: number, endMs: number): Span {
  const length = toMs - fromMs;
  const wanted = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, length * factor));
  const share = length > 0 ? Math.min(1, Math.max(0, (aboutMs - fromMs) / length)) : 0.5;
  const from = aboutMs - share * wanted;
  return fitSpan({ fromMs: from, toMs: from + wanted }, endMs);
}

export function moveSpan({ fromMs, toMs }: Span, byMs: number, endMs: number): Span {
  return fitSpan({ fromMs: fromMs + byMs, toMs: toMs + byMs }, endMs);
}

export type SpanStep = 'in' | 'out' | 'earlier' | 'later';

/** The span after one press. Zooming in at the present keeps the present at the right edge. */
export function stepSpan(span: Span, step: SpanStep, endMs: number): Span {
  const length = span.toMs - span.fromMs;
  switch (step) {
    case 'in':
    case 'out': {
      const about = span.toMs >= endMs ? span.toMs : (span.fromMs + span.toMs) / 2;
      return zoomSpan(span, step === 'in' ? 1 / ZOOM_STEP : ZOOM_STEP, about, endMs);
    }
    case 'earlier':
      return moveSpan(span, -length * MOVE_STEP, endMs);
    case 'later':
      return moveSpan(span, length * MOVE_STEP, endMs);
  }
}

/** The key that does a step; null for every other key. */
export function readStepKey(key: string): SpanStep | 'reset' | null {
  switch (key) {
    case '+':
    case '=':
      return 'in';
    case '-':
    case '_':
      return 'out';
    case 'ArrowLeft':
      return 'earlier';
    case 'ArrowRight':
      return 'later';
    case '0':
    case 'Escape':
      return 'reset';
    default:
      return null;
  }
}

/**
 * What two fingers do: the instants that lie under them stay under them. `before` and `after` are the places of the two
 * fingers on the axis, 0 to 1.
 */
export function pinchSpan(
  span: Span,
  before: readonly [number, number],
  after: readonly [number, number],
  endMs: number,
): Span {
  const length = span.toMs - span.fromMs;
  const [b0, b1] = [Math.min(...before), Math.max(...before)];
  const [a0, a1] = [Math.min(...after), Math.max(...after)];
  // Fingers at one place would make the span endless.
  const factor = Math.max(0.02, b1 - b0) / Math.max(0.02, a1 - a0);
  const aboutMs = span.fromMs + ((b0 + b1) / 2) * length;
  const wanted = Math.min(LONGEST_MS, Math.max(SHORTEST_MS, length * factor));
  const from = aboutMs - ((a0 + a1) / 2) * wanted;
  return fitSpan({ fromMs: from, toMs: from + wanted }, endMs);
}

/** What is requested for a span: half of its length more on each side, so that moving it shows data at once. */
export function widenSpan({ fromMs, toMs }: Span, endMs: number): Span {
  const margin = (toMs - fromMs) / 2;
  return {
    fromMs: Math.max(0, Math.floor(fromMs - margin)),
    toMs: Math.ceil(Math.max(toMs, Math.min(endMs, toMs + margin))),
  };
}

/** One step for each pixel of the span that is shown. */
export function choosePoints(requested: Span, shown: Span, widthPx: number): number {
  const share = (requested.toMs - requested.fromMs) / Math.max(1, shown.toMs - shown.fromMs);
  return Math.round(Math.min(MAX_POINTS, Math.max(MIN_POINTS, widthPx * share)));
}
