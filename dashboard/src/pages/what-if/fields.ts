/** The numbers of the page: what each is called, how it is written, and how far its slider goes. */
import type { Field } from '../../../../daemon/advice/what-if.js';
import { formatCount, formatRate } from '../../../../daemon/units.js';

/** The range is one setting with two numbers. */
export type FieldKey = 'first' | 'last' | Exclude<Field, 'ports' | 'reuse'>;

export interface FieldShape {
  readonly key: FieldKey;
  readonly label: string;
  readonly unit: string;
  /** Ends of the slider. The field beside it takes more. */
  readonly min: number;
  readonly max: number;
  /** With a large span, each step of a logarithmic slider is the same share. */
  readonly isLogarithmic: boolean;
  readonly isWhole: boolean;
  readonly format: (value: number) => string;
}

/** Positions of a slider: fine enough for a wide one. */
export const POSITIONS = 1000;

const formatWhole = (value: number): string => String(Math.round(value));

export const RANGE_FIELDS: readonly FieldShape[] = [
  shape('first', 'First port', { unit: '', min: 1, max: 65_535 }),
  shape('last', 'Last port', { unit: '', min: 1, max: 65_535 }),
];

/** What a host and a client are, in the order in which they are changed most often. */
export const CHANGE_FIELDS: readonly FieldShape[] = [
  shape('requests', 'Requests a connection', {
    unit: 'requests',
    min: 1,
    max: 1000,
    isLogarithmic: true,
    isWhole: false,
  }),
  shape('sources', 'Source addresses', { unit: 'addresses', min: 1, max: 16 }),
];
export const LOAD_FIELDS: readonly FieldShape[] = [
  shape('rate', 'Closes per second', { unit: 'closes/s', min: 0.1, max: 20_000, isLogarithmic: true, isWhole: false }),
  shape('live', 'Live connections', { unit: 'connections', min: 0, max: 65_535, isLogarithmic: true }),
];
export const HOST_FIELDS: readonly FieldShape[] = [
  shape('timeWaitMs', 'Hold after a close', { unit: 'seconds', min: 1, max: 600, isLogarithmic: true, isWhole: false }),
  shape('reserved', 'Reserved ports', { unit: 'ports', min: 0, max: 65_535, isLogarithmic: true }),
];

function shape(
  key: FieldKey,
  label: string,
  more: Partial<FieldShape> & Pick<FieldShape, 'unit' | 'min' | 'max'>,
): FieldShape {
  const isWhole = more.isWhole ?? true;
  const isPort = key === 'first' || key === 'last';
  const format = isPort ? formatWhole : isWhole ? formatCount : formatRate;
  return { key, label, isLogarithmic: false, isWhole, format, ...more };
}

/** A logarithmic slider that begins at 0 counts from 1. */
export function positionOf({ min, max, isLogarithmic }: FieldShape, value: number): number {
  const inside = Math.min(max, Math.max(min, value));
  if (!isLogarithmic) return Math.round(((inside - min) / (max - min)) * POSITIONS);
  const shift = min === 0 ? 1 : 0;
  const share = Math.log((inside + shift) / (min + shift)) / Math.log((max + shift) / (min + shift));
  return Math.round(share * POSITIONS);
}

/** The value at a position, with three digits. */
export function valueAt({ min, max, isLogarithmic, isWhole, key }: FieldShape, position: number): number {
  const share = position / POSITIONS;
  const shift = min === 0 ? 1 : 0;
  const exact = isLogarithmic
    ? (min + shift) * ((max + shift) / (min + shift)) ** share - shift
    : min + (max - min) * share;
  if (position <= 0) return min;
  if (position >= POSITIONS) return max;
  const isPort = key === 'first' || key === 'last';
  const rounded = isPort ? exact : Number(exact.toPrecision(3));
  return isWhole ? Math.round(rounded) : rounded;
}
