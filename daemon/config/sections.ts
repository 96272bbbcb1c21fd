/** Finds the sections of the schema, and the sections that may be null. */
import { z } from 'zod';

export type Section = z.ZodObject<Readonly<Record<string, z.core.$ZodType>>>;

/** The section of a key whose value may also be null (`mail.smtp`); null for every other key. */
export function findNullableSection(schema: z.core.$ZodType): Section | null {
  if (!(schema instanceof z.ZodPrefault)) return null;
  const nullable = schema.unwrap();
  return nullable instanceof z.ZodNullable ? findPlainSection(nullable.unwrap()) : null;
}

/** The section of a key, whether or not it may be null; null for a key with a single value. */
export function findSection(schema: z.core.$ZodType): Section | null {
  return findPlainSection(schema) ?? findNullableSection(schema);
}

/** The section of a key that may not be null; null for every other key. */
export function findPlainSection(schema: z.core.$ZodType): Section | null {
  return schema instanceof z.ZodObject ? schema : null;
}
