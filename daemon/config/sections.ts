/** The shape of the schema: which keys are sections, and which sections may be null. */
import { z } from 'zod';

export type Section = z.ZodObject<Readonly<Record<string, z.core.$ZodType>>>;

/** The section of a key that may also be null (`mail.smtp`), else null. */
export function nullableSection(schema: z.core.$ZodType): Section | null {
  if (!(schema instanceof z.ZodPrefault)) return null;
  const nullable = schema.unwrap();
  return nullable instanceof z.ZodNullable ? plainSection(nullable.unwrap()) : null;
}

/** The section of a key, whether or not it may be null; null for a key with a value. */
export function sectionOf(schema: z.core.$ZodType): Section | null {
  return plainSection(schema) ?? nullableSection(schema);
}

export function plainSection(schema: z.core.$ZodType): Section | null {
  return schema instanceof z.ZodObject ? schema : null;
}
