/** The log: JSON lines on standard output, prefixed for journald when it is the reader. */
import { pino, type DestinationStream, type Logger } from 'pino';

export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'fatal'>;
export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const;
export type LogLevel = (typeof LOG_LEVELS)[number];

/** syslog priorities by pino level, for the `<N>` prefix that journald understands. */
const PRIORITY: Record<number, number> = { 10: 7, 20: 7, 30: 6, 40: 4, 50: 3, 60: 2 };

export interface LogOptions {
  readonly level: LogLevel;
  /** Set when standard output is the journal (JOURNAL_STREAM). */
  readonly journal: boolean;
  readonly write: (line: string) => void;
}

export function createLog(options: LogOptions): Log {
  const stream: DestinationStream = {
    write(line: string) {
      options.write(options.journal ? prefixed(line) : line);
    },
  };
  return pino({ level: options.level, base: null, timestamp: pino.stdTimeFunctions.isoTime }, stream);
}

function prefixed(line: string): string {
  const level = /"level":(\d+)/.exec(line)?.[1];
  return `<${PRIORITY[Number(level ?? 30)] ?? 6}>${line}`;
}
