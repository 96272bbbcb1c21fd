/** Every error portcast raises on purpose, by code. `retryable` says whether the same call may succeed later. */
const ERROR_CODES = {
  CONFIG_INVALID: { retryable: false },
  USAGE: { retryable: false },
  SOURCE_UNAVAILABLE: { retryable: true },
  SOURCE_MALFORMED: { retryable: true },
  SOURCE_INTERRUPTED: { retryable: true },
  SOURCE_TIMEOUT: { retryable: true },
  LIMITS_UNREADABLE: { retryable: true },
  RECORDING_INVALID: { retryable: false },
  STORE_LOCKED: { retryable: true },
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

/** An error with a code from the catalogue. The message quotes the offending input and says what is allowed. */
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

/** The message of anything thrown, for logs and health reasons. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** `ENOENT`, `SQLITE_FULL` and the like; null where what was thrown has no code. */
export function codeOf(error: unknown): string | null {
  return error instanceof Error && 'code' in error ? String(error.code) : null;
}
