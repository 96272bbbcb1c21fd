/** Lines and labels over a chart: a level is a horizontal line, an instant a vertical one, a span an area. */
import type uPlot from 'uplot';
import { drawShape, type MarkShape } from './mark-shapes.js';
import { readFontFamily, readInkColor, type Ink } from './palette.js';

type MarkTone = 'limit' | 'muted' | 'faint';
export type Mark =
  | {
      readonly kind: 'level';
      readonly value: number;
      readonly label: string;
      readonly tone: MarkTone;
      readonly below?: boolean;
    }
  | {
      readonly kind: 'instant';
      readonly atMs: number;
      readonly label: string;
      readonly tone: MarkTone;
      readonly place: 'top' | 'bottom';
      /** Stands on the line at its place, so that kinds of marks differ by more than their labels. */
      readonly shape?: MarkShape;
    }
  /** A time, over the whole height: an outage. It has no label, because the legend names it. */
  | { readonly kind: 'span'; readonly fromMs: number; readonly toMs: number; readonly tone: MarkTone }
  /** A label at the top for a level that lies above it. */
  | { readonly kind: 'beyond'; readonly label: string; readonly tone: MarkTone };

const TONE_INK: Record<MarkTone, Ink> = { limit: 'limit', muted: 'axis', faint: 'axis' };
const LABEL_PX = 11;
const PAD_PX = 5;
const OUTLINE_PX = 4;
const SPAN_PX = 3;
const SHAPE_PX = 9;
const SPAN_ALPHA = 0.22;

interface Pen {
  readonly ctx: CanvasRenderingContext2D;
  readonly bbox: uPlot.BBox;
  /** Device pixels per CSS pixel. */
  readonly ratio: number;
  readonly color: string;
}

interface Label {
  readonly pen: Pen;
  readonly text: string;
  readonly x: number;
  readonly y: number;
}

/** Draws on the canvas of the plot, which counts device pixels. The labels come last, so that no line runs through them. */
export function drawMarks(plot: uPlot, marks: readonly Mark[]): void {
  const { ctx, bbox } = plot;
  const ratio = ctx.canvas.width / plot.width;
  ctx.save();
  ctx.font = `500 ${LABEL_PX * ratio}px ${readFontFamily()}`;
  ctx.textAlign = 'left';
  ctx.textBaseline = 'alphabetic';
  ctx.lineWidth = ratio;
  const labels = marks.map((mark) => {
    const pen: Pen = { ctx, bbox, ratio, color: readInkColor(TONE_INK[mark.tone]) };
    switch (mark.kind) {
      case 'beyond':
        return placeBeyond(pen, mark);
      case 'span':
        drawSpan(pen, plot.valToPos(mark.fromMs / 1000, 'x', true), plot.valToPos(mark.toMs / 1000, 'x', true));
        return null;
      case 'level':
        return drawLevel(pen, plot.valToPos(mark.value, 'y', true), mark);
      case 'instant':
        return drawInstant(pen, plot.valToPos(mark.atMs / 1000, 'x', true), mark);
    }
  });
  for (const label of leaveOutCovered(labels.filter((label) => label !== null))) drawLabel(label);
  ctx.restore();
}

/** Of labels on one line that would cover one another, the first stays. */
function leaveOutCovered(labels: readonly Label[]): Label[] {
  const shown: Label[] = [];
  for (const label of labels) {
    const { ctx, ratio } = label.pen;
    const end = label.x + ctx.measureText(label.text).width;
    const isCovered = shown.some(
      (other) =>
        Math.abs(other.y - label.y) < LABEL_PX * ratio &&
        label.x < other.x + ctx.measureText(other.text).width + PAD_PX * ratio &&
        end + PAD_PX * ratio > other.x,
    );
    if (!isCovered) shown.push(label);
  }
  return shown;
}

function placeBeyond(pen: Pen, mark: Mark & { kind: 'beyond' }): Label {
  const { bbox, ratio } = pen;
  return { pen, text: mark.label, x: bbox.left + PAD_PX * ratio, y: bbox.top + (LABEL_PX + 4) * ratio };
}

/** Null where the level lies outside of the chart. */
function drawLevel(pen: Pen, y: number, mark: Mark & { kind: 'level' }): Label | null {
  const { bbox, ratio } = pen;
  if (y < bbox.top || y > bbox.top + bbox.height) return null;
  const faint = mark.tone === 'faint';
  drawLine(pen, [bbox.left, y, bbox.left + bbox.width, y], { dash: faint ? [2, 5] : [], alpha: faint ? 0.6 : 1 });
  const labelY = mark.below === true ? y + (LABEL_PX + 3) * ratio : y - 4 * ratio;
  return { pen, text: mark.label, x: bbox.left + PAD_PX * ratio, y: labelY };
}

/** Null where the instant lies outside of the chart. */
function drawInstant(pen: Pen, x: number, mark: Mark & { kind: 'instant' }): Label | null {
  const { ctx, bbox, ratio } = pen;
  if (x < bbox.left || x > bbox.left + bbox.width) return null;
  const limit = mark.tone === 'limit';
  drawLine(pen, [x, bbox.top, x, bbox.top + bbox.height], { dash: limit ? [] : [3, 3], alpha: limit ? 1 : 0.7 });
  const width = ctx.measureText(mark.label).width;
  const pad = (mark.shape === undefined ? PAD_PX : PAD_PX + SHAPE_PX / 2) * ratio;
  if (mark.shape !== undefined) {
    const shapeY = mark.place === 'top' ? bbox.top + SHAPE_PX * ratio : bbox.top + bbox.height - SHAPE_PX * ratio;
    drawShape(ctx, mark.shape, { x, y: shapeY, size: SHAPE_PX * ratio, color: pen.color });
  }
  // The right side is the future, where the label hides the least. It stands on the left where it would not fit.
  const fitsRight = x + pad + width <= bbox.left + bbox.width;
  const y = mark.place === 'top' ? bbox.top + (LABEL_PX + 1) * ratio : bbox.top + bbox.height - PAD_PX * ratio;
  return { pen, text: mark.label, x: fitsRight ? x + pad : x - pad - width, y };
}

/** At least SPAN_PX wide, so that a short outage is seen on a long axis too. */
function drawSpan({ ctx, bbox, ratio, color }: Pen, x0: number, x1: number): void {
  const left = Math.max(bbox.left, x0);
  const right = Math.min(bbox.left + bbox.width, Math.max(x1, x0 + SPAN_PX * ratio));
  if (right <= left) return;
  ctx.fillStyle = color;
  ctx.globalAlpha = SPAN_ALPHA;
  ctx.fillRect(left, bbox.top, right - left, bbox.height);
  ctx.globalAlpha = 1;
  ctx.fillRect(left, bbox.top, right - left, SPAN_PX * ratio);
}

function drawLine(pen: Pen, ends: [number, number, number, number], style: { dash: number[]; alpha: number }): void {
  const { ctx, ratio } = pen;
  // On the middle of a device pixel a thin line is sharp.
  const [x0, y0, x1, y1] = ends.map((value) => Math.round(value) + (ratio % 2) / 2) as [number, number, number, number];
  ctx.globalAlpha = style.alpha;
  ctx.strokeStyle = pen.color;
  ctx.setLineDash(style.dash.map((length) => length * ratio));
  ctx.beginPath();
  ctx.moveTo(x0, y0);
  ctx.lineTo(x1, y1);
  ctx.stroke();
  ctx.setLineDash([]);
  ctx.globalAlpha = 1;
}

/** The text has an outline in the colour of the surface, so that it stays readable over lines and areas. */
function drawLabel({ pen, text, x, y }: Label): void {
  const { ctx, ratio } = pen;
  ctx.lineJoin = 'round';
  ctx.strokeStyle = readInkColor('surface');
  ctx.lineWidth = OUTLINE_PX * ratio;
  ctx.strokeText(text, x, y);
  ctx.lineWidth = ratio;
  ctx.fillStyle = pen.color;
  ctx.fillText(text, x, y);
}
