/** What is known about an attempt to send that failed. */

/** The parts of an SMTP or socket error that show its cause. */
export interface SmtpFailure {
  readonly message: string;
  /** `ETIMEDOUT`, `EDNS`, `ESOCKET`, `ETLS`, `EAUTH`, `EENVELOPE`, `EMESSAGE`, ... */
  readonly code?: string | undefined;
  /** The code of the system error or of OpenSSL behind it, such as `ECONNREFUSED`. */
  readonly originalCode?: string | undefined;
  /** A few words of OpenSSL about it. */
  readonly reason?: string | undefined;
  readonly responseCode?: number | undefined;
  readonly response?: string | undefined;
  /** The command in flight: `CONN`, `EHLO`, `HELO`, `STARTTLS`, `AUTH PLAIN`, `MAIL FROM`, `RCPT TO`, `DATA`. */
  readonly command?: string | undefined;
  readonly timeoutType?: string | undefined;
  /** Whether the server had not said anything yet. */
  readonly isUngreeted?: boolean | undefined;
  /** What else is to be said about a connection that could not be opened. */
  readonly note?: string | null | undefined;
}

export interface FailureContext {
  /** `smtp.example.org:587`. */
  readonly server: string;
  readonly security: 'none' | 'starttls' | 'tls';
  /** The name that portcast gives itself. */
  readonly clientName: string;
  readonly sender: string;
  readonly recipient: string;
  readonly timeoutMs: number;
  /** Must not appear in any text, even where a server echoes them. */
  readonly secrets: readonly string[];
}

/** A spread would lose the message of an Error, which is not enumerable. */
export function copyFailure(failure: SmtpFailure): SmtpFailure {
  const { message, code, originalCode, reason, responseCode, response, command, timeoutType, isUngreeted } = failure;
  const { note } = failure;
  return { message, code, originalCode, reason, responseCode, response, command, timeoutType, isUngreeted, note };
}
