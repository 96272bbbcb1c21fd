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
import { parseAddress } from '../../host/ip-address.js';
import { STATE_COUNT } from '../../snapshot/snapshot.js';
import { LAST_PORT } from '../../host/kernel-constants.js';

export const RECORDING_FORMAT = 'portcast-recording';
export const RECORDING_VERSION = 1;
/** How much of a wrong line an error quotes. */
const MAX_QUOTED_CHARACTERS = 80;

const whole = z.int().nonnegative();
const wholeOrNull = whole.nullable();
const port = whole.max(LAST_PORT);
const range = z.object({ first: port, last: port });
const address = z.string().refine((text) => parseAddress(text) !== null, 'is no address');
const ports = z.array(port).transform((values) => Uint16Array.from(values));
const bytes = z.array(whole.max(255)).transform((values) => Uint8Array.from(values));
const uint32s = z.array(whole.max(0xffff_ffff)).transform((values) => Uint32Array.from(values));
const int32s = z.array(z.int32()).transform((values) => Int32Array.from(values));

const headerSchema = z.object({
  format: z.literal(RECORDING_FORMAT),
  version: z.literal(RECORDING_VERSION),
  host: z.string().nullable(),
  anonymized: z.boolean(),
});
export type RecordingHeader = z.infer<typeof headerSchema>;

/** What earlier versions recorded of a counter that had overflowed is no count. */
const counter = z
  .number()
  .nullable()
  .transform((value) => (value !== null && Number.isSafeInteger(value) && value >= 0 ? value : null));
const counters = {
  inUse: counter,
  orphan: counter,
  timeWait: counter,
  alloc: counter,
  tw: counter,
  twRecycled: counter,
  twKilled: counter,
  twOverflow: counter,
  activeOpens: counter,
  passiveOpens: counter,
  currEstab: counter,
};

const hostSchema = z.object({
  limits: z.object({
    range,
    reservedPorts: z.array(range),
    twReuse: z.union([z.literal(0), z.literal(1), z.literal(2)]).nullable(),
    twReuseDelayMs: whole,
    timestamps: z.boolean(),
    maxTwBuckets: counter,
    finTimeoutMs: z.int().transform((value) => Math.max(0, value)),
    timeWaitMs: whole.positive(),
    timeWaitAssumed: z.boolean(),
    synRetries: wholeOrNull.default(null),
    synLinearTimeouts: wholeOrNull.default(null),
    orphanRetries: wholeOrNull.default(null),
  }),
  counters: z.object({ takenAtMs: z.number(), monotonicMs: z.number(), ...counters }),
  granularity: z.object({
    hz: z.number().positive().nullable(),
    timeWaitMs: z.number().positive(),
    phaseMs: z.number().nullable(),
    learned: z.boolean(),
  }),
  problems: z.array(z.string()).optional(),
});

const snapshotSchema = z
  .object({
    namespace: z.string().min(1),
    takenAtMs: z.number(),
    monotonicMs: z.number(),
    rows: whole,
    malformed: whole,
    interrupted: z.boolean(),
    hasTimers: z.boolean(),
    hasBoundInactive: z.boolean(),
    listeningPorts: ports,
    boundPorts: ports,
    inbound: z.object({ localPort: ports, counts: uint32s }),
    outbound: z.object({
      family: bytes,
      localAddress: z.array(address),
      remoteAddress: z.array(address),
      remotePort: ports,
      rowStart: uint32s,
    }),
    outboundRows: z
      .object({ localPort: ports, state: bytes, timer: bytes, expiresMs: int32s, retransmits: bytes.optional() })
      // Recordings of earlier versions do not have this column.
      .transform(({ retransmits, ...rows }) => ({
        ...rows,
        retransmits: retransmits ?? new Uint8Array(rows.localPort.length),
      })),
  })
  .superRefine(({ inbound, outbound, outboundRows }, context) => {
    const groups = outbound.family.length;
    const rows = outboundRows.localPort.length;
    const expect = (holds: boolean, message: string): void => {
      if (!holds) context.addIssue({ code: 'custom', message });
    };
    expect(inbound.counts.length === inbound.localPort.length * STATE_COUNT, 'inbound columns differ in length');
    const { localAddress, remoteAddress, remotePort, rowStart } = outbound;
    const groupColumns = [localAddress.length, remoteAddress.length, remotePort.length, rowStart.length - 1];
    expect(
      groupColumns.every((length) => length === groups),
      'outbound columns differ in length',
    );
    const { state, timer, expiresMs, retransmits } = outboundRows;
    expect(
      [state.length, timer.length, expiresMs.length, retransmits.length].every((length) => length === rows),
      'row columns differ in length',
    );
    expect(
      state.every((value) => value >= 1 && value <= STATE_COUNT),
      `a state is not one of 1 to ${STATE_COUNT}`,
    );
    expect(
      rowStart.every((start, index) => start >= (rowStart[index - 1] ?? 0)),
      'rowStart does not ascend',
    );
    expect(rowStart[0] === 0 && rowStart.at(-1) === rows, `rowStart does not go from 0 to ${rows}`);
  });

const failureSchema = z.object({
  atMs: z.number(),
  kind: z.enum(['connect', 'bind']),
  localAddress: address.nullable(),
  remoteAddress: address.nullable(),
  remotePort: port.nullable(),
  pid: whole,
  name: z.string(),
});

const recordSchema = z.object({
  host: hostSchema,
  table: z
    .object({
      snapshot: snapshotSchema,
      source: z.object({ name: z.enum(['netlink', 'procfs', 'systeminformation', 'recording']), why: z.string() }),
      costMs: z.number(),
    })
    .nullable(),
  /** Absent where nothing watched for failed connects. */
  failures: z.array(failureSchema).nullable().default(null),
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
  const refuse = (problem: string): PortcastError =>
    new PortcastError(
      'RECORDING_INVALID',
      `${place}: ${problem}; the line begins with ${JSON.stringify(line.slice(0, MAX_QUOTED_CHARACTERS))}`,
    );
  let value: unknown;
  try {
    value = JSON.parse(line);
  } catch (error) {
    throw refuse(`not JSON (${messageOf(error)})`);
  }
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  const [issue] = result.error.issues;
  throw refuse(`${issue?.path.join('.') ?? ''} ${issue?.message ?? 'is wrong'}`.trim());
}
