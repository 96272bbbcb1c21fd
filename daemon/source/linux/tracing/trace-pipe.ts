/**
 * Decodes the text of a tracing instance's `trace_pipe` into failed connects and binds (kernel rule 19). The lines are those
 * of kernel/trace/trace_output.c, as Linux 6.18 prints them:
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

/** No line of these events is longer. Of a longer one only so many characters are kept until its end comes. */
const MAX_LINE_CHARACTERS = 4096;
/** Greedy at the beginning, because the name of a thread may contain spaces, colons and dashes. */
const EVENT = /^\s*(.*)-(\d+) +\[\d+\] \S+ +(\d+\.\d+): (inet_sock_set_state|sys_bind)(?:: | -> )(.*)$/;
const LOST = /^CPU:\d+ \[LOST (\d+ )?EVENTS\]$/;
/** The last digits of -EADDRINUSE. */
const ADDRESS_IN_USE = 'ffffff9e';

export function createTraceDecoder(): TraceDecoder {
  const utf8 = new TextDecoder();
  let rest = '';
  return {
    decode(bytes) {
      const lines = (rest + utf8.decode(bytes, { stream: true })).split('\n');
      rest = (lines.pop() ?? '').slice(0, MAX_LINE_CHARACTERS);
      const events: TraceEvent[] = [];
      let lost = 0;
      let malformed = 0;
      for (const line of lines) {
        const event = parseEvent(line);
        const gap = LOST.exec(line);
        if (event !== null) events.push(event);
        else if (gap !== null) lost += Number(gap[1] ?? 1);
        else if (line !== '') malformed += 1;
      }
      return { events, lost, malformed };
    },
  };
}

function parseEvent(line: string): TraceEvent | null {
  const [, threadName = '', thread = '', seconds = '', event, detail = ''] = EVENT.exec(line) ?? [];
  const ends = event === 'inet_sock_set_state' ? parseConnect(detail) : event === 'sys_bind' ? parseBind(detail) : null;
  if (ends === null) return null;
  return { ...ends, monotonicMs: Number(seconds) * SECOND_MS, threadId: Number(thread), threadName };
}

/**
 * The addresses are those of the IPv6 fields. The kernel fills them with the v4-mapped form for an IPv4 socket, and for an
 * IPv6 socket that leads to a v4-mapped address, so both name the one pool that they share (kernel rule 2).
 */
function parseConnect(detail: string) {
  const fields = new Map(detail.split(' ').map((field): [string, string] => splitField(field)));
  const hasFailed = fields.get('oldstate') === 'TCP_SYN_SENT' && fields.get('newstate') === 'TCP_CLOSE';
  const localAddress = toCanonical(fields.get('saddrv6'));
  const remoteAddress = toCanonical(fields.get('daddrv6'));
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
