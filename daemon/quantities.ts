/** Quantities as people write them in YAML and on the command line: durations, sizes and ratios. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './units.js';

/** What a parser makes of one value: the value, or what would have been allowed. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `hide` when the value must not be quoted in an error because it may be a secret. */
  | { readonly ok: false; readonly allowed: string; readonly hide?: boolean };
export type Parser<T> = (value: unknown) => Parsed<T>;

const DURATION_UNITS: readonly (readonly [string, number])[] = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
];
const SIZE_UNITS: readonly (readonly [string, number])[] = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1],
];

/** A duration in ms from `250ms`, `5s`, `10m`, `6h` or `14d`; a fraction is allowed (`1.5h`), a bare number is not. */
export function parseDuration(value: unknown): Parsed<number> {
  return quantity(value, DURATION_UNITS, 'a duration with its unit, such as 250ms, 5s, 10m, 6h or 14d');
}

/** A size in bytes from `512MiB` (B, KiB, MiB, GiB, TiB). */
export function parseSize(value: unknown): Parsed<number> {
  return quantity(value, SIZE_UNITS, 'a size with its unit, such as 64MiB or 2GiB');
}

/** A ratio from a number (`0.9`) or a percentage (`90%`); whether 1 is the limit is for the caller's bounds. */
export function parseRatio(value: unknown): Parsed<number> {
  const allowed = 'a ratio, such as 0.9 or 90%';
  if (typeof value === 'number') return Number.isFinite(value) && value >= 0 ? accept(value) : refuse(allowed);
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(%?)$/.exec(value) : null;
  if (match?.[1] === undefined) return refuse(allowed);
  // Rounded to what a double can tell apart, so that 157.11% is 1.5711 and not 1.5711000000000002.
  return accept(match[2] === '%' ? Number((Number(match[1]) / 100).toPrecision(15)) : Number(match[1]));
}

/** The shortest exact spelling: `90000` is `90s`, `600000` is `10m`. `ms` must be a whole number. */
export function formatDurationValue(ms: number): string {
  return spell(ms, DURATION_UNITS);
}

/** The shortest exact spelling of a whole number of bytes: `536870912` is `512MiB`. */
export function formatSize(bytes: number): string {
  return spell(bytes, SIZE_UNITS);
}

/** A ratio as a percentage, `0.015` is `1.5%`. */
export function formatRatio(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(12))}%`;
}

/** Narrows a parser to `min`..`max`, both included; `text` spells the bounds in the refusal. */
export function parseWithin(
  parse: Parser<number>,
  bounds: { min: number; max: number; text: (value: number) => string },
) {
  return (value: unknown): Parsed<number> => {
    const { min, max, text } = bounds;
    const parsed = parse(value);
    const range = `from ${text(min)} to ${text(max)}`;
    if (!parsed.ok) return refuse(`${parsed.allowed}, ${range}`);
    return parsed.value >= min && parsed.value <= max ? parsed : refuse(range);
  };
}

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refuse(allowed: string): { ok: false; allowed: string } {
  return { ok: false, allowed };
}

function quantity(value: unknown, units: readonly (readonly [string, number])[], allowed: string): Parsed<number> {
  const match = typeof value === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]+)$/.exec(value) : null;
  const factor = units.find(([name]) => name === match?.[2])?.[1];
  if (match?.[1] === undefined || factor === undefined) return refuse(allowed);
  const amount = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(amount) ? accept(amount) : refuse(allowed);
}

function spell(amount: number, units: readonly (readonly [string, number])[]): string {
  const base = units.at(-1)?.[0] ?? '';
  if (amount === 0) return `0${base === 'ms' ? 's' : base}`;
  const exact = units.find(([, factor]) => amount % factor === 0);
  return exact === undefined ? `${amount}${base}` : `${amount / exact[1]}${exact[0]}`;
}
