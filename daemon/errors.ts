/** The codes of all errors that portcast throws on purpose. `retryable` means that the same call may succeed later. */
const ERROR_CODES = {
  CONFIG_INVALID: { retryable: false },
  USAGE: { retryable: false },
  CONFLICT: { retryable: false },
  SOURCE_UNAVAILABLE: { retryable: true },
  SOURCE_MALFORMED: { retryable: true },
  SOURCE_INTERRUPTED: { retryable: true },
  SOURCE_TIMEOUT: { retryable: true },
  LIMITS_UNREADABLE: { retryable: true },
  RECORDING_INVALID: { retryable: false },
  STORE_LOCKED: { retryable: true },
  STORE_HELD: { retryable: false },
  STORE_FULL: { retryable: true },
  STORE_IO: { retryable: true },
  STORE_CORRUPT: { retryable: false },
  STORE_DRIFT: { retryable: false },
  STORE_NEWER: { retryable: false },
  STORE_BINDING: { retryable: false },
  SMTP_TEMPORARY: { retryable: true },
  SMTP_PERMANENT: { retryable: false },
  HTTP_LISTEN: { retryable: false },
  DAEMON_UNREACHABLE: { retryable: true },
  SERVICE_FAILED: { retryable: false },
  PLATFORM_UNSUPPORTED: { retryable: false },
} as const;

export type ErrorCode = keyof typeof ERROR_CODES;

/** An error with a code. The message quotes the wrong input and names the allowed one. */
export class PortcastError extends Error {
  readonly code: ErrorCode;
  readonly retryable: boolean;

  constructor(code: ErrorCode, message: string, options: { cause?: unknown } = {}) {
    super(message, options);
    this.name = 'PortcastError';
    this.code = code;
    this.retryable = ERROR_CODES[code].retryable;
  }
}

/** The message of a thrown value, for logs and health problems. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The code of a thrown value, such as `ENOENT` or `SQLITE_FULL`; null when it has none. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null;
}
