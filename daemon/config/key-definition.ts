/** Defines a key or a section of the schema, with the documentation that the example file prints. */
import { z } from 'zod';
import {
  formatDurationValue,
  formatRatio,
  formatSize,
  parseDuration,
  parseRatio,
  parseSize,
  parseWithin,
  type Parser,
} from '../quantities.js';

/** The documentation of a key. The example file shows `example` as a comment where the default is null or empty. */
interface KeyDoc {
  readonly description: string;
  readonly default: unknown;
  readonly example?: unknown;
  /** What is shown of a value that may hold a secret; absent: the value. */
  readonly mask?: (value: unknown) => unknown;
}
export const keyDocs = z.registry<KeyDoc>();

export function parseDurationWithin(min: number, max: number): Parser<number> {
  return parseWithin(parseDuration, { min, max, text: formatDurationValue });
}

export function parseRatioWithin(min: number, max: number): Parser<number> {
  return parseWithin(parseRatio, { min, max, text: formatRatio });
}

export function parseSizeWithin(min: number, max: number): Parser<number> {
  return parseWithin(parseSize, { min, max, text: formatSize });
}

export function defineKey<T>(parse: Parser<T>, defaultValue: unknown, description: string, example?: unknown) {
  const type = z.unknown().transform((input, context): T => {
    const parsed = parse(input);
    if (parsed.ok) return parsed.value;
    context.issues.push({ code: 'custom', input, message: parsed.allowed, params: { hide: parsed.hide === true } });
    return z.NEVER;
  });
  const doc = { description, default: defaultValue, ...(example === undefined ? {} : { example }) };
  // A key without a default is required: its parser refuses `undefined` and names the allowed values.
  return type.prefault(defaultValue).register(keyDocs, doc);
}

/** A mapping of keys. When all its keys are commented out, YAML reads it as null, which means its defaults. */
export function defineSection<Shape extends z.core.$ZodLooseShape>(description: string, shape: Shape) {
  return z.strictObject(shape).register(keyDocs, { description, default: {} });
}
