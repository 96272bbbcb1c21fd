/** The log: JSON lines on standard output, with a priority prefix when journald reads them; text on a terminal. */
import { pino, type DestinationStream, type Logger } from 'pino';
import { maskSecrets } from './secrets.js';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Syslog priorities by pino level, for the `<N>` prefix that journald reads (sd-daemon(3)). */
const PRIORITIES: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };
const INFO_LEVEL = 30;
const INFO_PRIORITY = 6;
const WARN_LEVEL = 40;
const ERROR_LEVEL = 50;
/** Of `12:00:05`. */
const TIME_LENGTH = 8;

interface LogLine {
  readonly level: number;
  readonly time: string;
  readonly msg?: string;
  readonly err?: { readonly message?: string };
}

/** JSON lines for programs, the same with a priority for the journal, or short lines for a person at a terminal. */
export type LogFormat = 'json' | 'journal' | 'text';

interface LogOptions {
  readonly level: LogLevel;
  readonly format: LogFormat;
  readonly write: (line: string) => void;
}

export function createLog({ level, format, write }: LogOptions): Log {
  const change = { json: (line: string) => line, journal: addPriority, text: shorten }[format];
  const stream: DestinationStream = { write: (line) => write(change(maskSecrets(line))) };
  return pino({ level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

function addPriority(line: string): string {
  const level = /"level":(\d+)/.exec(line)?.[1];
  return `<${PRIORITIES[Number(level ?? INFO_LEVEL)] ?? INFO_PRIORITY}>${line}`;
}

/** `12:00:05 warning: the message`, and the cause where the message does not state it. */
function shorten(line: string): string {
  const { level, time, msg, err } = JSON.parse(line) as LogLine;
  const name = level >= ERROR_LEVEL ? 'error: ' : level >= WARN_LEVEL ? 'warning: ' : '';
  const text = (msg ?? err?.message ?? '').replace(/\s*\n\s*/g, '; ');
  const cause = err?.message === undefined || text.includes(err.message) ? '' : `: ${err.message}`;
  return `${new Date(time).toTimeString().slice(0, TIME_LENGTH)} ${name}${text}${cause}\n`;
}
