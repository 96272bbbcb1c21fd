/**
 * The format of a recording, and its parser. The file is JSON lines, each a gzip member of its own, so `zcat` reads it and a
 * crash loses only its tail. The first line is a header:
 * `{"format":"portcast-recording","version":1,"host":string|null,"anonymized":boolean}`. Each line after it is a sample:
 * `{"host":HostReading,"table":TableReading|null,"failures"?:FailedConnect[]}`, with columns as arrays of numbers. `failures`
 * is absent where failed connects were not counted. A field that is not known is ignored, and one that earlier versions of
 * portcast did not write may be absent, so that both read the recordings of the other. Everything is checked, because a recording may come from another
 * machine.
 */
import { z } from 'zod';
import type { HostReading, TableReading } from '../../contracts.js';
import { messageOf, PortcastError } from '../../errors.js';
import type { FailedConnect } from '../../pool/failed-connect.js';
import { list, RECORDING_LIMITS } from './recording-columns.js';
import { describeProblem } from './recording-problem.js';
import { failureSchema, hostSchema, snapshotSchema, text, whole } from './recording-schema.js';

export const RECORDING_FORMAT = 'portcast-recording';
export const RECORDING_VERSION = 1;
/** How much of a wrong line an error quotes. */
const MAX_QUOTED_CHARACTERS = 80;

const headerSchema = z.object({
  format: z.literal(RECORDING_FORMAT),
  version: z.literal(RECORDING_VERSION),
  host: text.nullable(),
  anonymized: z.boolean(),
});
export type RecordingHeader = z.infer<typeof headerSchema>;

const recordSchema = z.object({
  host: hostSchema,
  table: z
    .object({
      snapshot: snapshotSchema,
      source: z.object({ name: z.enum(['netlink', 'procfs', 'systeminformation', 'recording']), why: text }),
      costMs: z.number(),
    })
    .nullable(),
  /** Absent where nothing watched for failed connects. */
  failures: list(failureSchema, RECORDING_LIMITS.failures).nullable().default(null),
});

/** Parses the first line. `place` is file and line, for the error. Throws RECORDING_INVALID. */
export function parseHeader(line: string, place: string): RecordingHeader {
  const { version } = parse(z.object({ format: z.literal(RECORDING_FORMAT), version: whole }), line, place);
  if (version > RECORDING_VERSION) {
    throw new PortcastError(
      'RECORDING_INVALID',
      `${place}: a recording of version ${version}; this portcast reads version ${RECORDING_VERSION}: use the one that made it`,
    );
  }
  return parse(headerSchema, line, place);
}

export interface RecordedSample {
  readonly host: HostReading;
  /** Null where no full dump was due. */
  readonly table: TableReading | null;
  /** Connects that failed since the sample before; null where nothing watched for them. */
  readonly failures: readonly FailedConnect[] | null;
}

/**
 * Parses a sample. Its source is `recording`, and `why` names the source that read the table originally.
 * Throws RECORDING_INVALID.
 */
export function parseRecord(line: string, place: string): RecordedSample {
  const { host, table, failures } = parse(recordSchema, line, place);
  if (table === null) return { host, table, failures };
  const why = `recorded from ${table.source.name}: ${table.source.why}`;
  return { host, table: { ...table, source: { name: 'recording', why } }, failures };
}

function parse<T>(schema: z.ZodType<T>, line: string, place: string): T {
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    const begin = JSON.stringify(line.slice(0, MAX_QUOTED_CHARACTERS));
    throw new PortcastError(
      'RECORDING_INVALID',
      `${place}: not JSON (${messageOf(error)}); the line begins with ${begin}`,
    );
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new PortcastError('RECORDING_INVALID', `${place}: ${describeProblem(result.error, value)}`);
}
