/**
 * Decodes the text of a tracing instance's `trace_pipe` into failed connects and binds (kernel rule 19). The lines are those
 * of kernel/trace/trace_output.c, as Linux 6.18 prints them (older kernels have one column of flags less):
 *
 *     python3-10464   [001] ..... 10309.537832: inet_sock_set_state: family=AF_INET ... saddrv6=::ffff:10.0.0.1 ...
 *     python3-10464   [001] ..... 10310.148490: sys_bind -> 0xffffffffffffff9e
 *     CPU:1 [LOST 5 EVENTS]
 */
import { formatAddress, parseAddress } from '../../../host/ip-address.js';
import type { FailedConnect } from '../../../pool/failed-connect.js';
import { SECOND_MS } from '../../../units.js';

/** One event as the kernel reports it: of a thread, at an instant of the monotonic clock. */
export type TraceEvent = Pick<FailedConnect, 'kind' | 'localAddress' | 'remoteAddress' | 'remotePort'> & {
  /** CLOCK_MONOTONIC, because the instance has `trace_clock` mono. */
  readonly monotonicMs: number;
  /** In the initial pid namespace. */
  readonly threadId: number;
  readonly threadName: string;
};

interface TraceText {
  readonly events: readonly TraceEvent[];
  /** Events that the kernel overwrote before they were read. */
  readonly lost: number;
  /** Lines that are neither an event of the filters nor a notice of lost events. */
  readonly malformed: number;
}

interface TraceDecoder {
  /** The bytes may end within a line; the beginning of that line is kept for the next call. */
  decode(bytes: Uint8Array): TraceText;
}

/** No line of these events is longer. A longer one is malformed, and only so many of its characters are kept. */
const MAX_LINE_CHARACTERS = 4096;
/** The kernel pads the name of a thread to this width. A name has at most 15 bytes. */
const NAME_WIDTH = 16;
/** No text between the name of a thread and that of the event is longer. */
const MAX_HEAD_CHARACTERS = 128;
/** What stands before the name of the event: thread id, CPU, flags (4 or 5 columns, by kernel, or none) and instant. */
const HEAD = /-(\d+) +\[\d+\] +(?:\S+ +)?(\d+\.\d+)$/;
const CONNECT_MARK = ': inet_sock_set_state: ';
const BIND_MARK = ': sys_bind -> ';
const LOST = /^CPU:\d+ \[LOST (\d+ )?EVENTS\]$/;
/** The last digits of -EADDRINUSE. */
const ADDRESS_IN_USE = 'ffffff9e';

/** One line of an event. Its texts hold one character per byte. */
type EventLine = Omit<TraceEvent, 'threadName'> & {
  /** What the line holds of the padded name of the thread: all of it, unless the name contains line feeds. */
  readonly paddedName: string;
};

/**
 * The name of a thread may hold any bytes, so the lines are taken apart as bytes: a line feed in the name splits the line
 * of the event, and a carriage return is part of the name. Each line is parsed in a time that does not grow faster than
 * its length.
 */
export function createTraceDecoder(): TraceDecoder {
  let rest = '';
  /** Short lines, which may be the beginning of a name that contains line feeds. */
  let fragments: string[] = [];
  return {
    decode(bytes) {
      const lines = (rest + Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS + 1);
      const events: TraceEvent[] = [];
      let lost = 0;
      let malformed = 0;
      const dropFragments = (): void => {
        malformed += fragments.filter((fragment) => fragment !== '').length;
        fragments = [];
      };
      for (const line of lines) {
        const event = parseEvent(line);
        const gap = LOST.exec(line);
        if (event !== null) {
          const { paddedName, ...fields } = event;
          const threadName = readName(paddedName, fragments);
          dropFragments();
          events.push({ ...fields, threadName });
        } else if (gap !== null) lost += Number(gap[1] ?? 1);
        else if (line.length < NAME_WIDTH && fragments.length < NAME_WIDTH) fragments.push(line);
        else {
          dropFragments();
          malformed += 1;
        }
      }
      return { events, lost, malformed };
    },
  };
}

/** Null when the line is no event of the filters. */
function parseEvent(line: string): EventLine | null {
  if (line.length > MAX_LINE_CHARACTERS) return null;
  // The last mark is that of the kernel: the name of a thread may hold the same text, and nothing after the mark does.
  const connectAt = line.lastIndexOf(CONNECT_MARK);
  const bindAt = line.lastIndexOf(BIND_MARK);
  const markAt = Math.max(connectAt, bindAt);
  if (markAt < 0) return null;
  const ends =
    connectAt > bindAt
      ? parseConnect(line.slice(markAt + CONNECT_MARK.length))
      : parseBind(line.slice(markAt + BIND_MARK.length));
  const headAt = Math.max(0, markAt - MAX_HEAD_CHARACTERS);
  const head = HEAD.exec(line.slice(headAt, markAt));
  if (ends === null || head === null) return null;
  const [, thread = '', seconds = ''] = head;
  const paddedName = line.slice(0, headAt + head.index);
  return { ...ends, paddedName, threadId: Number(thread), monotonicMs: Number(seconds) * SECOND_MS };
}

/** The name of a thread without its padding. Takes the fragments that belong to it off the end of the list. */
function readName(paddedName: string, fragments: string[]): string {
  let name = paddedName;
  while (name.length < NAME_WIDTH && fragments.length > 0) name = `${fragments.pop() ?? ''}\n${name}`;
  return Buffer.from(name.replace(/^ +/, ''), 'latin1').toString('utf8');
}

/**
 * The addresses are those of the IPv6 fields. The kernel fills them with the v4-mapped form for an IPv4 socket, and for an
 * IPv6 socket that leads to a v4-mapped address, so both name the one pool that they share (kernel rule 2). An event
 * without those fields has the IPv4 address in the others.
 */
function parseConnect(detail: string) {
  const fields = new Map(detail.split(' ').map((field): [string, string] => splitField(field)));
  const hasFailed = fields.get('oldstate') === 'TCP_SYN_SENT' && fields.get('newstate') === 'TCP_CLOSE';
  const localAddress = toCanonical(fields.get('saddrv6') ?? fields.get('saddr'));
  const remoteAddress = toCanonical(fields.get('daddrv6') ?? fields.get('daddr'));
  const remotePort = Number(fields.get('dport') ?? NaN);
  const hadNoPort = fields.get('sport') === '0' && Number.isInteger(remotePort);
  if (!hasFailed || !hadNoPort || localAddress === null || remoteAddress === null) return null;
  return { kind: 'connect' as const, localAddress, remoteAddress, remotePort };
}

/** The result is a C long in hex: 16 digits, or 8 on 32-bit systems. */
function parseBind(detail: string) {
  if (!/^0x[0-9a-f]+$/.test(detail) || !detail.endsWith(ADDRESS_IN_USE)) return null;
  return { kind: 'bind' as const, localAddress: null, remoteAddress: null, remotePort: null };
}

function splitField(field: string): [string, string] {
  const at = field.indexOf('=');
  return [field.slice(0, at), field.slice(at + 1)];
}

function toCanonical(text: string | undefined): string | null {
  const words = text === undefined ? null : parseAddress(text);
  return words === null ? null : formatAddress(...words);
}
