/** Hands messages to the mail server, many in one session, so that a wave of mails takes a handful of local ports. */
import type { SendOutcome } from '../../notify-contracts.js';
import { formatEndpoint } from '../../host/endpoint.js';
import type { Dial } from '../connect/dial.js';
import { cleanLine } from '../message/sanitize.js';
import { findClientName } from './client-name.js';
import { createKeptSession } from './kept-session.js';
import type { SmtpFailure } from './smtp-failure.js';
import { classifyFailure, SESSION_OVER } from './smtp-outcome.js';
import { createSession, type Delivery, type HandOver, type SmtpOptions, type SmtpSession } from './smtp-session.js';

interface SmtpSender {
  /** Never throws. */
  deliver(delivery: Delivery): Promise<SendOutcome>;
  /** Opens a session ahead, see kept-session.ts. */
  warm(): void;
  /** Opens a session of its own up to the login and ends it. Never throws. */
  test(): Promise<SendOutcome>;
  /** Ends all sessions. A delivery under way fails. */
  close(): void;
}

/** Bounds one message, because a server that sends one byte now and then never exceeds the limit of one step. */
const MESSAGE_STEPS = 3;
/** Servers limit how many messages one session takes; many take 100. */
const MAX_MESSAGES = 100;
const MAX_RESPONSE_TEXT = 200;

/** One session is kept between messages. A delivery that begins while another one uses it opens a session of its own. */
export function createSender(options: SmtpOptions, dial: Dial): SmtpSender {
  const inUse = new Set<SmtpSession>();
  let isClosed = false;

  const clientName = (): string => options.name ?? findClientName(options.from.address);
  const open = (): SmtpSession => createSession(options, clientName(), dial);
  const kept = createKeptSession({ open, timeoutMs: options.timeoutMs });

  const release = (session: SmtpSession, result: HandOver): void => {
    inUse.delete(session);
    if (isClosed || !isReusable(session, result)) session.quit();
    else kept.keep(session);
  };
  /** The session fails when it is not done by the deadline. */
  const use = async <T>(session: SmtpSession, deadlineMs: number, work: () => Promise<T>): Promise<T> => {
    const message = `the session was not over after ${options.timeoutMs * MESSAGE_STEPS} ms`;
    const timer = setTimeout(() => session.abort({ code: 'ETIMEDOUT', message }), deadlineMs - performance.now());
    inUse.add(session);
    const result = await work();
    clearTimeout(timer);
    return result;
  };
  const sendIn = async (session: SmtpSession, delivery: Delivery, deadlineMs: number): Promise<HandOver> => {
    const result = await use(session, deadlineMs, () => session.send(delivery));
    release(session, result);
    return result;
  };
  const findDeadline = (): number => performance.now() + options.timeoutMs * MESSAGE_STEPS;

  return {
    async deliver(delivery) {
      const deadlineMs = findDeadline();
      const old = kept.take();
      let result = old === null ? null : await sendIn(old, delivery, deadlineMs);
      const isTimeLeft = performance.now() < deadlineMs && !isClosed;
      if (result === null || (isTimeLeft && hasSessionEnded(result))) {
        result = await sendIn(open(), delivery, deadlineMs);
      }
      return result.ok
        ? { ok: true, response: cleanLine(result.response, MAX_RESPONSE_TEXT) }
        : classifyFailure(result.failure, buildFailureContext(options, delivery.recipient, clientName()));
    },
    warm() {
      if (!isClosed && inUse.size === 0) kept.warm();
    },
    async test() {
      const session = open();
      const failure = await use(session, findDeadline(), session.open);
      inUse.delete(session);
      session.quit();
      return failure === null
        ? { ok: true, response: options.user === null ? 'connected' : `logged in as ${options.user}` }
        : classifyFailure(failure, buildFailureContext(options, options.from.address, clientName()));
    },
    close() {
      isClosed = true;
      kept.close();
      for (const session of inUse) session.abort({ message: 'portcast is stopping' });
    },
  };
}

/** After a refusal of the recipient or the message the session goes on; after one of the sender nothing will. */
function isReusable(session: SmtpSession, result: HandOver): boolean {
  if (!session.isOpen || session.accepted >= MAX_MESSAGES) return false;
  return result.ok || (hasReply(result.failure) && ['RCPT TO', 'DATA'].includes(result.failure.command ?? ''));
}

/**
 * Whether a session that was used before has only come to its end, so that the message belongs into a new one: the server
 * has closed it, or takes no further message in it. Without a reply to the content the server may have accepted the
 * message; then the outbox decides when it is sent again.
 */
function hasSessionEnded(result: HandOver): boolean {
  if (result.ok) return false;
  const { failure, isContentSent } = result;
  if (!hasReply(failure)) return !isContentSent && failure.code !== 'EMESSAGE';
  return failure.responseCode === SESSION_OVER || ['MAIL FROM', 'RSET'].includes(failure.command ?? '');
}

function hasReply({ responseCode }: SmtpFailure): boolean {
  return typeof responseCode === 'number';
}

function buildFailureContext(options: SmtpOptions, recipient: string, clientName: string) {
  const { host, port, security, from, user, password, timeoutMs } = options;
  return {
    server: formatEndpoint(host, port),
    security,
    clientName,
    sender: from.address,
    recipient,
    timeoutMs,
    secrets: password === null ? [] : [password, `\0${user ?? ''}\0${password}`],
  };
}
