/** One record of a log for each message, in the formats of syslog and of the journal. All values are clean lines. */
import type { WireNotification } from '../../wire/notification.js';
import { cleanLine } from '../message/sanitize.js';

/** systemd.journal-fields(7): the same for every message of portcast, made once at random. */
const JOURNAL_MESSAGE_ID = '4f0b0e2b6a0c4f0f9d1d6f1a0a6c8e57';
/** RFC 5424, 6.3.2: a name with the number of an enterprise; 32473 is the one of RFC 5612 for those that have none. */
const STRUCTURED_ID = 'portcast@32473';
/** daemon; RFC 5424, 6.2.1. */
const FACILITY = 3;
const APP = 'portcast';
/** Receivers of UDP take at least 2,048 bytes as a rule (RFC 5424, 6.1). */
const MAX_VALUE = 120;
const MAX_MESSAGE = 300;

/** RFC 5424, 6.2.1: critical, warning, notice and informational. */
function findPriority({ kind, severity }: WireNotification): number {
  if (kind === 'resolved' || severity === null) return 5;
  return { critical: 2, warning: 4, info: 6 }[severity];
}

/** The fields beside the text; those without a value are left out. */
function listFields(notification: WireNotification): [name: string, value: string][] {
  const { kind, severity, state, host, incidentId, messageId, destination, exhaustsAt, poolCount } = notification;
  const fields: [string, string | null][] = [
    ['kind', kind],
    ['severity', severity],
    ['state', state],
    ['host', host],
    ['incident', incidentId],
    ['message', messageId],
    ['destination', destination],
    ['exhaustsAt', exhaustsAt],
    ['pools', poolCount === 0 ? null : String(poolCount)],
  ];
  return fields.flatMap(([name, value]) => (value === null ? [] : [[name, cleanLine(value, MAX_VALUE)]]));
}

/** RFC 5424, for a receiver on the network. */
export function formatSyslog(notification: WireNotification, pid: number): string {
  const { createdAt, host, kind } = notification;
  const priority = FACILITY * 8 + findPriority(notification);
  const text = cleanLine(notification.subject, MAX_MESSAGE);
  // HOSTNAME is printable US-ASCII without spaces (RFC 5424, 6).
  const hostname = host.replace(/[^\x21-\x7e]/g, '_').slice(0, 255) || '-';
  return `<${priority}>1 ${createdAt} ${hostname} ${APP} ${pid} ${kind} ${formatStructured(notification)} \ufeff${text}`;
}

/** The local format, as syslog(3) writes it: what reads /dev/log adds the host, and most of it reads no other format. */
export function formatLocal(notification: WireNotification, pid: number): string {
  const priority = FACILITY * 8 + findPriority(notification);
  const text = cleanLine(notification.subject, MAX_MESSAGE);
  return `<${priority}>${formatLocalTime(notification.createdAt)} ${APP}[${pid}]: ${text} ${formatStructured(notification)}`;
}

/** The journal's own protocol: a line for each field, and a length where the value has more than one line. */
export function formatJournal(notification: WireNotification): Buffer {
  const fields: [string, string][] = [
    ['MESSAGE', cleanLine(notification.subject, MAX_MESSAGE)],
    ['MESSAGE_ID', JOURNAL_MESSAGE_ID],
    ['PRIORITY', String(findPriority(notification))],
    ['SYSLOG_FACILITY', String(FACILITY)],
    ['SYSLOG_IDENTIFIER', APP],
    ...listFields(notification).map(([name, value]): [string, string] => [`PORTCAST_${toUpperSnake(name)}`, value]),
    ['PORTCAST_TEXT', notification.text],
  ];
  return Buffer.concat(fields.map(([name, value]) => encodeField(name, value)));
}

function encodeField(name: string, value: string): Buffer {
  const bytes = Buffer.from(value);
  if (!value.includes('\n')) return Buffer.concat([Buffer.from(`${name}=`), bytes, Buffer.from('\n')]);
  const length = Buffer.alloc(8);
  length.writeBigUInt64LE(BigInt(bytes.length));
  return Buffer.concat([Buffer.from(`${name}\n`), length, bytes, Buffer.from('\n')]);
}

/** RFC 5424, 6.3.3: `"`, `\` and `]` are escaped in a value. */
function formatStructured(notification: WireNotification): string {
  const fields = listFields(notification).map(([name, value]) => `${name}="${value.replace(/["\\\]]/g, '\\$&')}"`);
  return `[${STRUCTURED_ID} ${fields.join(' ')}]`;
}

/** `Jan  5 12:00:00`, in local time: the format of RFC 3164 has no zone. */
function formatLocalTime(iso: string): string {
  const date = new Date(iso);
  const month = date.toLocaleString('en-US', { month: 'short' });
  const time = [date.getHours(), date.getMinutes(), date.getSeconds()].map((part) => String(part).padStart(2, '0'));
  return `${month} ${String(date.getDate()).padStart(2)} ${time.join(':')}`;
}

function toUpperSnake(name: string): string {
  return name.replace(/[A-Z]/g, '_$&').toUpperCase();
}
