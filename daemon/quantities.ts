/** Parsers and spellings of quantities in the configuration, on the command line and in query strings. Pure. */
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from './units.js';

type Unit = readonly [name: string, factor: number];

/** Largest first: the spelling takes the first unit that divides the amount. */
const DURATION_UNITS: readonly Unit[] = [
  ['d', DAY_MS],
  ['h', HOUR_MS],
  ['m', MINUTE_MS],
  ['s', SECOND_MS],
  ['ms', 1],
];
const SIZE_UNITS: readonly Unit[] = [
  ['TiB', 2 ** 40],
  ['GiB', 2 ** 30],
  ['MiB', 2 ** 20],
  ['KiB', 2 ** 10],
  ['B', 1],
];

/** A ratio from here on must be written with a percent sign, because a bare number is likely meant as a percentage. */
const MIN_PERCENT_ONLY = 10;

/** The result of a parser: the value, or a text that says which values are allowed. */
export type Parsed<T> =
  | { readonly ok: true; readonly value: T }
  /** `hide` is set when the error must not quote the value, because it may be a secret. */
  | { readonly ok: false; readonly allowed: string; readonly hide?: boolean };
export type Parser<T> = (value: unknown) => Parsed<T>;

/** Both bounds are included. */
interface Bounds {
  readonly min: number;
  readonly max: number;
}

/** Parses `250ms`, `5s`, `10m`, `6h`, `14d` or `1.5h` to whole ms. A number without a unit is refused. */
export function parseDuration(value: unknown): Parsed<number> {
  return parseAmount(value, DURATION_UNITS, 'a duration with its unit, such as 250ms, 5s, 10m, 6h or 14d');
}

/** Parses `512MiB` (units B, KiB, MiB, GiB, TiB) to whole bytes. */
export function parseSize(value: unknown): Parsed<number> {
  return parseAmount(value, SIZE_UNITS, 'a size with its unit, such as 64MiB or 2GiB');
}

/**
 * Parses a number (`0.9`) or a percentage (`90%`) to a ratio. A ratio above 1 is accepted: `parseWithin` sets the
 * limit. A number from 10 on without a percent sign is refused, because `80` is meant as 80%, not as 8,000%.
 */
export function parseRatio(value: unknown): Parsed<number> {
  const allowed = 'a ratio, such as 0.9 or 90%';
  const match = typeof value === 'string' ? /^(\d+(?:\.\d+)?)(%?)$/.exec(value) : null;
  // Rounded to the 15 digits that a double can hold, so that 157.11% is 1.5711 and not 1.5711000000000002.
  if (match?.[2] === '%') return accept(Number((Number(match[1]) / 100).toPrecision(15)));
  const ratio = typeof value === 'number' ? value : Number(match?.[1] ?? NaN);
  if (!Number.isFinite(ratio) || ratio < 0) return refuse(allowed);
  return ratio >= MIN_PERCENT_ONLY ? refuse(`${allowed} (did you mean ${ratio}%?)`) : accept(ratio);
}

/** Parses a whole number in decimal digits. */
export function parseWholeNumber(text: string, { min, max }: Bounds): Parsed<number> {
  const value = /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  return value >= min && value <= max ? accept(value) : refuse(`a whole number from ${min} to ${max}`);
}

/** Parses a number of at least 0 in decimal digits, with or without a fraction; `1e3` is refused. */
export function parseDecimal(text: string): Parsed<number> {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  return Number.isFinite(value) ? accept(value) : refuse('a number of at least 0 in digits, such as 20 or 2.5');
}

/** Narrows a parser to `min`..`max`, both included. `text` formats the bounds for the error. */
export function parseWithin(parse: Parser<number>, bounds: Bounds & { text: (value: number) => string }) {
  return (value: unknown): Parsed<number> => {
    const { min, max, text } = bounds;
    const parsed = parse(value);
    const range = `from ${text(min)} to ${text(max)}`;
    if (!parsed.ok) return refuse(`${parsed.allowed}, ${range}`);
    return parsed.value >= min && parsed.value <= max ? parsed : refuse(range);
  };
}

/** The shortest exact spelling: `90000` is `90s`, `600000` is `10m`. `ms` must be a whole number. */
export function formatDurationValue(ms: number): string {
  return formatAmount(ms, DURATION_UNITS);
}

/** The shortest exact spelling of a whole number of bytes: `536870912` is `512MiB`. */
export function formatSize(bytes: number): string {
  return formatAmount(bytes, SIZE_UNITS);
}

/** A ratio as a percentage: `0.015` is `1.5%`. */
export function formatRatio(ratio: number): string {
  return `${Number((ratio * 100).toPrecision(12))}%`;
}

export function accept<T>(value: T): Parsed<T> {
  return { ok: true, value };
}

export function refuse(allowed: string): { ok: false; allowed: string } {
  return { ok: false, allowed };
}

function parseAmount(value: unknown, units: readonly Unit[], allowed: string): Parsed<number> {
  const match = typeof value === 'string' ? /^(\d{1,15}(?:\.\d{1,9})?)([A-Za-z]+)$/.exec(value) : null;
  const factor = units.find(([name]) => name === match?.[2])?.[1];
  if (match?.[1] === undefined || factor === undefined) return refuse(allowed);
  const amount = Math.round(Number(match[1]) * factor);
  return Number.isSafeInteger(amount) ? accept(amount) : refuse(allowed);
}

function formatAmount(amount: number, units: readonly Unit[]): string {
  const smallest = units.at(-1)?.[0] ?? '';
  if (amount === 0) return `0${smallest === 'ms' ? 's' : smallest}`;
  const exact = units.find(([, factor]) => amount % factor === 0);
  return exact === undefined ? `${amount}${smallest}` : `${amount / exact[1]}${exact[0]}`;
}
