/** The answer of `POST /api/v1/alerts/test`: what the other side of each channel said to a test message. */

export interface WireAlertTestResult {
  channel: string;
  /** A mail address, the name of the channel, or the server of Alertmanager. */
  recipient: string;
  ok: boolean;
  /** The words of the other side; what failed where there were none. */
  answer: string;
  /** Empty for Alertmanager, which gets an alert and no message. */
  messageId: string;
}

export interface WireAlertTest {
  sentAt: string;
  /** The pool whose figures the message has; `invented` where this host has no pool. */
  pool: { id: string; name: string; invented: boolean };
  rule: string;
  results: WireAlertTestResult[];
}

/** A test that is not made, with the status of the answer. */
export interface AlertTestRefusal {
  refused: { status: 409 | 429; detail: string; retryAfterSeconds: number | null };
}
