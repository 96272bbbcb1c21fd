/** Shapes and text of the picture as SVG. */
import { escapeHtml } from '../sanitize.js';

/** The average width of a character of the font, in its size. */
const CHARACTER_WIDTH = { normal: 0.62, bold: 0.7 };
const TEXT_SIZE = 15;

interface TextStyle {
  readonly x: number;
  readonly y: number;
  readonly size?: number;
  readonly colour: string;
  readonly anchor?: 'start' | 'middle' | 'end';
  readonly weight?: 'bold' | 'normal';
}

export function text(
  content: string,
  { x, y, size = TEXT_SIZE, colour, anchor = 'start', weight = 'normal' }: TextStyle,
) {
  return `<text x="${round(x)}" y="${round(y)}" font-size="${size}" font-weight="${weight}" fill="${colour}" text-anchor="${anchor}">${escapeHtml(content)}</text>`;
}

/** About how wide a text is, in pixels. */
export function measure(content: string, weight: keyof typeof CHARACTER_WIDTH = 'normal'): number {
  return content.length * TEXT_SIZE * CHARACTER_WIDTH[weight];
}

interface Point {
  readonly x: number;
  readonly y: number;
}

export function area(upper: readonly Point[], lower: readonly Point[], colour: string, opacity: number): string {
  const points = [...upper, ...[...lower].reverse()].map(({ x, y }) => `${round(x)},${round(y)}`);
  return `<polygon points="${points.join(' ')}" fill="${colour}" fill-opacity="${opacity}"/>`;
}

export function line(points: readonly Point[], colour: string, width: number, dashes?: string): string {
  const pattern = dashes === undefined ? '' : ` stroke-dasharray="${dashes}"`;
  const path = points.map(({ x, y }) => `${round(x)},${round(y)}`).join(' ');
  return `<polyline points="${path}" fill="none" stroke="${colour}" stroke-width="${width}" stroke-linejoin="round"${pattern}/>`;
}

export function round(value: number): number {
  return Math.round(value * 10) / 10;
}
