/** The log: JSON lines on standard output, with a priority prefix when journald reads them. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** Syslog priorities by pino level, for the `<N>` prefix that journald reads (sd-daemon(3)). */
const PRIORITIES: Readonly<Record<number, number>> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };
const INFO_LEVEL = 30;
const INFO_PRIORITY = 6;

interface LogOptions {
  readonly level: LogLevel;
  /** Whether standard output goes to the journal (JOURNAL_STREAM is set). */
  readonly journal: boolean;
  readonly write: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const stream: DestinationStream = {
    write(line: string) {
      options.write(options.journal ? addPriority(line) : line);
    },
  };
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

function addPriority(line: string): string {
  const level = /"level":(\d+)/.exec(line)?.[1];
  return `<${PRIORITIES[Number(level ?? INFO_LEVEL)] ?? INFO_PRIORITY}>${line}`;
}
