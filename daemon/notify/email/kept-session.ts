/** The session that is kept between messages, and opened ahead of the next one while there may soon be something to tell. */
import { MINUTE_MS, SECOND_MS } from '../../units.js';
import type { SmtpFailure } from './smtp-failure.js';
import type { SmtpSession } from './smtp-session.js';

interface KeptSession {
  /** The session that is kept, which may still be opening; null when there is none. The caller has it for itself. */
  take(): SmtpSession | null;
  /** Keeps a session that has done its work. */
  keep(session: SmtpSession): void;
  /** Opens a session where none is kept, at most once a minute, and has it kept for the next minutes. */
  warm(): void;
  close(): void;
}

interface KeptSessionOptions {
  readonly open: () => SmtpSession;
  /** How long one step of a session may take. */
  readonly timeoutMs: number;
}

/** How long a session without work is kept. Servers wait for 5 minutes (RFC 5321, 4.5.3.2.7). */
const IDLE_MS = 10 * SECOND_MS;
/** The least time between two NOOPs of a session, and between two sessions that are opened ahead. */
const WARM_EVERY_MS = MINUTE_MS;
/** A call of `warm` counts for so long: samples may be half a minute apart. */
const NEEDED_MS = 2 * MINUTE_MS;

export function createKeptSession({ open, timeoutMs }: KeptSessionOptions): KeptSession {
  let kept: { readonly session: SmtpSession; readonly timer: NodeJS.Timeout | undefined } | null = null;
  let neededUntilMs = -Infinity;
  let openedAtMs = -Infinity;
  /** Such a server is left alone: its sessions end as they do without `warm`. */
  let isNoopRefused = false;
  let isClosed = false;

  const take = (): SmtpSession | null => {
    const taken = kept;
    kept = null;
    clearTimeout(taken?.timer);
    return taken?.session.isOpen === true ? taken.session : null;
  };
  const isNeeded = (): boolean => performance.now() < neededUntilMs && !isNoopRefused;
  const put = (session: SmtpSession): void => {
    take()?.quit();
    // Unless it rests, the session times out by itself after a pause of one step.
    if (isNeeded()) session.rest();
    const restMs = isNeeded() ? WARM_EVERY_MS : Math.min(IDLE_MS, timeoutMs / 2);
    kept = { session, timer: setTimeout(expire, restMs) };
    if (isClosed) take()?.quit();
  };
  /** The session is nobody else's while it waits for the reply, so a message that comes then has a session of its own. */
  const refresh = async (session: SmtpSession): Promise<void> => {
    const failure = await session.noop();
    if (failure === null && kept === null) put(session);
    else session.quit();
    isNoopRefused ||= isRefusal(failure);
  };
  const expire = (): void => {
    const session = take();
    if (session === null) return;
    if (isNeeded()) void refresh(session);
    else session.quit();
  };
  const openAhead = async (session: SmtpSession): Promise<void> => {
    const failure = await session.open();
    // A message may have taken it while it was opening.
    if (kept?.session !== session) return;
    take();
    if (failure === null) await refresh(session);
    else session.quit();
  };

  return {
    take,
    keep: put,
    warm() {
      const nowMs = performance.now();
      neededUntilMs = nowMs + NEEDED_MS;
      if (kept?.session.isOpen === true || isNoopRefused || nowMs - openedAtMs < WARM_EVERY_MS) return;
      openedAtMs = nowMs;
      const session = open();
      take();
      kept = { session, timer: undefined };
      void openAhead(session);
    },
    close() {
      isClosed = true;
      take()?.quit();
    },
  };
}

/** 421 ends a session for other reasons, such as a server that is stopped. */
function isRefusal(failure: SmtpFailure | null): boolean {
  const code = failure?.responseCode;
  return code !== undefined && code !== 421;
}
