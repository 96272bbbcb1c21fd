/** The webhook: the document of each message, signed. */
import { createHmac } from 'node:crypto';
import type { Channel } from '../../notify-contracts.js';
import { SECOND_MS } from '../../units.js';
import { NO_DOCUMENT } from '../message/document.js';
import { judgeAnswer } from '../http/outcome.js';
import { postJson, type HttpTarget } from '../http/request.js';
import { createSelfTest } from '../http/self-test.js';

export interface WebhookOptions extends HttpTarget {
  /** Signs each message; null: no signature. */
  readonly secret: string | null;
}

/** @param nowMs the wall clock, for the signature. */
export function createWebhookChannel(options: WebhookOptions, nowMs: () => number): Channel {
  const stop = new AbortController();
  const target = { ...options, signal: stop.signal };
  return {
    ...createSelfTest(target),
    async send({ messageId, document }) {
      if (document == null) return NO_DOCUMENT;
      const timestamp = String(Math.floor(nowMs() / SECOND_MS));
      const signed = options.secret === null ? {} : sign(options.secret, timestamp, document);
      const headers = { 'Idempotency-Key': messageId, 'X-Portcast-Message-Id': messageId, ...signed };
      return judgeAnswer(await postJson(target, document, headers), target);
    },
    close: () => stop.abort(),
  };
}

/**
 * HMAC-SHA256 of the timestamp (seconds since 1970), a dot and the body. The receiver compares the timestamp with its clock, so
 * that nobody can send a recorded message again later.
 */
function sign(secret: string, timestamp: string, body: string): Record<string, string> {
  const digest = createHmac('sha256', secret).update(`${timestamp}.${body}`).digest('hex');
  return { 'X-Portcast-Timestamp': timestamp, 'X-Portcast-Signature': `sha256=${digest}` };
}
