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
import { STATE_COUNT, TIMER_TIME_WAIT } from '../../snapshot/snapshot.js';
import { SECOND_MS } from '../../units.js';
import { LAST_PORT, LONGEST_TIME_WAIT_MS, PORT_COUNT } from '../../host/kernel-constants.js';
import { mergeRanges } from '../../host/port-range.js';
import { column, instant, list, monotonic, RECORDING_LIMITS, texts } from './recording-columns.js';

export const RECORDING_FORMAT = 'portcast-recording';
export const RECORDING_VERSION = 1;
/** How much of a wrong line an error quotes. */
const MAX_QUOTED_CHARACTERS = 80;

/** An hour: more than any system keeps TIME_WAIT. */
const LONGEST_TIMER_MS = 3_600_000;
/** More than the release step of a timer of ten minutes at 100 Hz, which is 40.96 s, and less than any step of a second. */
const LONGEST_STEP_MS = 60_000;
const SHORTEST_STEP_MS = 10;
/** A timer of the wheel has at most 63 steps (`wheelGranularityMs`). Recordings of earlier versions may have some more. */
const MOST_STEPS = 1000;
/** The kernel's list of reserved ports, merged, has at most so many ranges. */
const MAX_RANGES = PORT_COUNT / 2;
/** Of a text: a reason may quote several others. */
const MAX_TEXT = 10_000;
const MAX_PROBLEMS = 100;

const whole = z.int().nonnegative();
const wholeOrNull = whole.nullable();
const port = whole.max(LAST_PORT);
const range = z.object({ first: port, last: port });
const address = z.string().refine((text) => parseAddress(text) !== null, 'is no address');
const text = z.string().max(MAX_TEXT);

const { rows: MAX_ROWS, pools: MAX_POOLS, failures: MAX_FAILURES } = RECORDING_LIMITS;
const bytes = (max: number) => column((length) => new Uint8Array(length), { max, most: 255 });
const ports = (max: number) => column((length) => new Uint16Array(length), { max, most: LAST_PORT });
const uint32s = (max: number) => column((length) => new Uint32Array(length), { max, most: 0xffff_ffff });
const int32s = (max: number) =>
  column((length) => new Int32Array(length), { max, least: -0x8000_0000, most: 0x7fff_ffff });
const addresses = texts((entry) => parseAddress(entry) !== null, { max: MAX_POOLS, what: 'address' });

const headerSchema = z.object({
  format: z.literal(RECORDING_FORMAT),
  version: z.literal(RECORDING_VERSION),
  host: text.nullable(),
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

const hostFields = z.object({
  limits: z.object({
    range,
    reservedPorts: list(range, MAX_RANGES).transform(mergeRanges),
    twReuse: z.union([z.literal(0), z.literal(1), z.literal(2)]).nullable(),
    twReuseDelayMs: whole,
    twReuseBySecond: z.boolean().optional(),
    skipsBoundPorts: z.boolean().optional(),
    timestamps: z.boolean(),
    maxTwBuckets: counter,
    finTimeoutMs: z.int().transform((value) => Math.max(0, value)),
    timeWaitMs: whole.min(SECOND_MS).max(LONGEST_TIMER_MS),
    timeWaitAssumed: z.boolean(),
    synRetries: wholeOrNull.default(null),
    synLinearTimeouts: wholeOrNull.default(null),
    orphanRetries: wholeOrNull.default(null),
  }),
  counters: z.object({ takenAtMs: instant, monotonicMs: monotonic, ...counters }),
  granularity: z.object({
    hz: z.number().min(1).max(1e9).nullable(),
    timeWaitMs: z.number().min(SHORTEST_STEP_MS).max(LONGEST_STEP_MS),
    phaseMs: z.number().min(0).max(LONGEST_STEP_MS).nullable(),
    learned: z.boolean(),
  }),
  problems: list(text, MAX_PROBLEMS).optional(),
});

const hostSchema = hostFields.refine(
  ({ limits, granularity }) => granularity.timeWaitMs >= limits.timeWaitMs / MOST_STEPS,
  `granularity.timeWaitMs is less than limits.timeWaitMs / ${MOST_STEPS}`,
);

const snapshotSchema = z
  .object({
    namespace: text.min(1),
    takenAtMs: instant,
    monotonicMs: monotonic,
    rows: whole,
    malformed: whole,
    interrupted: z.boolean(),
    hasTimers: z.boolean(),
    hasBoundInactive: z.boolean(),
    listeningPorts: ports(PORT_COUNT),
    boundPorts: ports(PORT_COUNT),
    inbound: z.object({ localPort: ports(PORT_COUNT), counts: uint32s(PORT_COUNT * STATE_COUNT) }),
    outbound: z.object({
      family: bytes(MAX_POOLS),
      localAddress: addresses,
      remoteAddress: addresses,
      remotePort: ports(MAX_POOLS),
      rowStart: uint32s(MAX_POOLS + 1),
    }),
    outboundRows: z
      .object({
        localPort: ports(MAX_ROWS),
        state: bytes(MAX_ROWS),
        timer: bytes(MAX_ROWS),
        expiresMs: int32s(MAX_ROWS),
        retransmits: bytes(MAX_ROWS).optional(),
      })
      // Recordings of earlier versions do not have this column.
      .transform(({ retransmits, expiresMs, ...rows }) => ({
        ...rows,
        // No kernel keeps a timed mini-socket longer.
        expiresMs: expiresMs.map((ms, row) =>
          rows.timer[row] === TIMER_TIME_WAIT ? Math.min(ms, LONGEST_TIME_WAIT_MS) : ms,
        ),
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
  atMs: instant,
  kind: z.enum(['connect', 'bind']),
  localAddress: address.nullable(),
  remoteAddress: address.nullable(),
  remotePort: port.nullable(),
  pid: whole,
  name: text,
});

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
  failures: list(failureSchema, MAX_FAILURES).nullable().default(null),
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
