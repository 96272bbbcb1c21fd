/** What a sample of a recording may hold: the schemas of the host, of its socket table and of failed connects. */
import { z } from 'zod';
import { LAST_PORT, LONGEST_REUSE_DELAY_MS, LONGEST_TIME_WAIT_MS, PORT_COUNT } from '../../host/kernel-constants.js';
import { parseAddress } from '../../host/ip-address.js';
import { mergeRanges } from '../../host/port-range.js';
import { STATE, STATE_COUNT, TIMER_TIME_WAIT } from '../../snapshot/snapshot.js';
import { SECOND_MS } from '../../units.js';
import { column, instant, list, monotonic, RECORDING_LIMITS, texts } from './recording-columns.js';

/** An hour: more than any system keeps TIME_WAIT. */
const LONGEST_TIMER_MS = 3_600_000;
/** More than the release step of a timer of ten minutes at 100 Hz, which is 40.96 s, and less than any step of a second. */
const LONGEST_STEP_MS = 60_000;
const SHORTEST_STEP_MS = 10;
/** No kernel is built with more ticks per second than 1,200. With far more, a timer would have steps without number. */
const MOST_HZ = 10_000;
/** A timer of the wheel has at most 63 steps (`wheelGranularityMs`). Recordings of earlier versions may have some more. */
const MOST_STEPS = 1000;
/** The kernel's list of reserved ports, merged, has at most so many ranges. */
const MAX_RANGES = PORT_COUNT / 2;
/** Of a text: a reason may quote several others. */
const MAX_TEXT = 10_000;
const MAX_PROBLEMS = 100;
const ADDRESSES = 'an IPv4 or IPv6 address';

export const whole = z.int().nonnegative();
/** The kernel keeps these sysctls in a byte. */
const retries = whole.max(255).nullable().default(null);
const port = whole.max(LAST_PORT);
const range = z.object({ first: port, last: port });
const address = z.string().refine((text) => parseAddress(text) !== null, ADDRESSES);
export const text = z.string().max(MAX_TEXT);

const { rows: MAX_ROWS, pools: MAX_POOLS } = RECORDING_LIMITS;
const bytes = (max: number, least = 0, most = 255) => column((length) => new Uint8Array(length), { max, least, most });
const ports = (max: number) => column((length) => new Uint16Array(length), { max, most: LAST_PORT });
const uint32s = (max: number) => column((length) => new Uint32Array(length), { max, most: 0xffff_ffff });
const int32s = (max: number) =>
  column((length) => new Int32Array(length), { max, least: -0x8000_0000, most: 0x7fff_ffff });
const addresses = texts((entry) => parseAddress(entry) !== null, { max: MAX_POOLS, allowed: ADDRESSES });

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
    platform: z.enum(['linux', 'windows', 'other']).optional(),
    range: range.refine(({ first, last }) => first <= last, 'a range whose first port is not above its last'),
    reservedPorts: list(range, MAX_RANGES).transform(mergeRanges),
    twReuse: z.literal([0, 1, 2]).nullable(),
    twReuseDelayMs: whole.max(LONGEST_REUSE_DELAY_MS),
    twReuseBySecond: z.boolean().optional(),
    skipsBoundPorts: z.boolean().optional(),
    timestamps: z.boolean(),
    maxTwBuckets: counter,
    finTimeoutMs: z.int().transform((value) => Math.max(0, value)),
    timeWaitMs: whole.min(SECOND_MS).max(LONGEST_TIMER_MS),
    timeWaitAssumed: z.boolean(),
    synRetries: retries,
    synLinearTimeouts: retries,
    orphanRetries: retries,
  }),
  counters: z.object({ takenAtMs: instant, monotonicMs: monotonic, ...counters }),
  granularity: z.object({
    hz: z.number().min(1).max(MOST_HZ).nullable(),
    timeWaitMs: z.number().min(SHORTEST_STEP_MS).max(LONGEST_STEP_MS),
    phaseMs: z.number().min(0).max(LONGEST_STEP_MS).nullable(),
    learned: z.boolean(),
  }),
  problems: list(text, MAX_PROBLEMS).optional(),
});

export const hostSchema = hostFields.superRefine(({ limits, granularity }, context) => {
  if (granularity.timeWaitMs >= limits.timeWaitMs / MOST_STEPS) return;
  const message = `at least limits.timeWaitMs / ${MOST_STEPS}, which is ${limits.timeWaitMs / MOST_STEPS}`;
  context.addIssue({ code: 'custom', path: ['granularity', 'timeWaitMs'], message });
});

export const snapshotSchema = z
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
      family: bytes(MAX_POOLS, 4, 6).refine((families) => !families.includes(5), 'a list of 4 and 6'),
      localAddress: addresses,
      remoteAddress: addresses,
      remotePort: ports(MAX_POOLS),
      rowStart: uint32s(MAX_POOLS + 1),
    }),
    outboundRows: z
      .object({
        localPort: ports(MAX_ROWS),
        state: bytes(MAX_ROWS, 1, STATE_COUNT),
        timer: bytes(MAX_ROWS),
        expiresMs: int32s(MAX_ROWS),
        retransmits: bytes(MAX_ROWS).optional(),
      })
      // Recordings of earlier versions do not have this column.
      .transform(({ retransmits, expiresMs, ...rows }) => ({
        ...rows,
        // No kernel keeps a timed mini-socket longer.
        expiresMs: expiresMs.map((ms, row) =>
          rows.state[row] === STATE.TIME_WAIT || rows.timer[row] === TIMER_TIME_WAIT
            ? Math.min(ms, LONGEST_TIME_WAIT_MS)
            : ms,
        ),
        retransmits: retransmits ?? new Uint8Array(rows.localPort.length),
      })),
  })
  .superRefine(({ inbound, outbound, outboundRows }, context) => {
    const expect = (name: string, found: readonly number[], wanted: number): void => {
      if (found.every((length) => length === wanted)) return;
      const params = { found: `columns of ${found.join(', ')} entries` };
      context.addIssue({ code: 'custom', path: [name], params, message: `${wanted} entries in each of these columns` });
    };
    expect('inbound', [inbound.counts.length], inbound.localPort.length * STATE_COUNT);
    const { family, localAddress, remoteAddress, remotePort, rowStart } = outbound;
    const groups = [localAddress.length, remoteAddress.length, remotePort.length, rowStart.length - 1];
    expect('outbound', groups, family.length);
    const { localPort, state, timer, expiresMs, retransmits } = outboundRows;
    expect('outboundRows', [state.length, timer.length, expiresMs.length, retransmits.length], localPort.length);
    const [first, last] = [rowStart[0], rowStart.at(-1)];
    const ascends = rowStart.every((start, index) => start >= (rowStart[index - 1] ?? 0));
    if (first === 0 && last === localPort.length && ascends) return;
    const params = { found: `${ascends ? '' : 'not ascending, '}from ${first} to ${last}` };
    const message = `whole numbers that ascend from 0 to ${localPort.length}, the count of rows`;
    context.addIssue({ code: 'custom', path: ['outbound', 'rowStart'], params, message });
  });

export const failureSchema = z.object({
  atMs: instant,
  kind: z.enum(['connect', 'bind']),
  localAddress: address.nullable(),
  remoteAddress: address.nullable(),
  remotePort: port.nullable(),
  pid: whole,
  name: text,
});
