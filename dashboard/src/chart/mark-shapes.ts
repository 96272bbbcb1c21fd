/** The shapes of marks. The legend has the same ones as characters. */
export type MarkShape = 'alert' | 'incident' | 'failed' | 'change' | 'link';

interface Place {
  readonly x: number;
  readonly y: number;
  readonly size: number;
  readonly color: string;
}

/** Corners in halves of the size around the middle. */
const CORNERS: Record<MarkShape, readonly (readonly [number, number])[]> = {
  alert: [
    [0, -1],
    [1, 1],
    [-1, 1],
  ],
  incident: [
    [-1, -1],
    [1, -1],
    [1, 1],
    [-1, 1],
  ],
  failed: [
    [0, 1],
    [1, -1],
    [-1, -1],
  ],
  change: [
    [0, -1.2],
    [1.2, 0],
    [0, 1.2],
    [-1.2, 0],
  ],
  link: [
    [-1, -1],
    [1, 0],
    [-1, 1],
  ],
};

/** The characters that look like them. */
export const SHAPE_SIGNS: Record<MarkShape, string> = {
  alert: '\u25b2',
  incident: '\u25a0',
  failed: '\u25bc',
  change: '\u25c6',
  link: '\u25b6',
};

export function drawShape(ctx: CanvasRenderingContext2D, shape: MarkShape, { x, y, size, color }: Place): void {
  ctx.fillStyle = color;
  ctx.beginPath();
  CORNERS[shape].forEach(([dx, dy], index) => {
    const [left, top] = [x + (dx * size) / 2, y + (dy * size) / 2];
    if (index === 0) ctx.moveTo(left, top);
    else ctx.lineTo(left, top);
  });
  ctx.closePath();
  ctx.fill();
}
