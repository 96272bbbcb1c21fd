/** Sends what the store promises, until it is accepted: at least once, one message after another. */
import type { Channel, Clock, HealthSink, OutboxEntry, OutboxStore, SendOutcome } from '../contracts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import { formatDuration } from '../units.js';
import { FARTHEST_DELAY_MS, isGivenUp, retryDelayMs } from './backoff.js';
import { markIfLate } from './message/render.js';

export interface OutboxOptions {
  readonly store: OutboxStore;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
}

export interface Outbox {
  /** Sends what is due; called every second and after every commit. Calls while one runs join it. Never throws. */
  tick(): Promise<void>;
  /** Sends what is due until the instant `deadlineMs` of the monotonic clock; the rest waits for the next start. */
  drain(deadlineMs: number): Promise<void>;
}

/** How many messages one look takes from the store. */
const BATCH = 50;

export function createOutbox(options: OutboxOptions): Outbox {
  const state: OutboxState = {
    unrecorded: new Map(),
    lastWallMs: Number.POSITIVE_INFINITY,
    lastFailure: null,
    givenUp: null,
    reported: undefined,
  };
  let running: Promise<void> | null = null;
  /** Looks at the store that were asked for and have not begun. */
  let asked = 0;
  const run = async (): Promise<void> => {
    while (asked > 0) {
      asked = 0;
      await pass(options, state);
    }
    running = null;
  };
  const tick = (): Promise<void> => {
    asked += 1;
    running ??= run();
    return running;
  };
  return {
    tick,
    async drain(deadlineMs) {
      const leftMs = deadlineMs - options.clock.monotonicMs();
      if (leftMs <= 0) return;
      let timer: NodeJS.Timeout | undefined;
      const timeUp = new Promise<void>((resolve) => (timer = setTimeout(resolve, leftMs)));
      await Promise.race([tick(), timeUp]);
      clearTimeout(timer);
    },
  };
}

interface OutboxState {
  /** Outcomes that the store could not take yet: recorded before anything else, so that nothing is sent twice. */
  readonly unrecorded: Map<string, { readonly outcome: SendOutcome; readonly nextAttemptAtMs: number | null }>;
  lastWallMs: number;
  lastFailure: string | null;
  givenUp: string | null;
  reported: string | null | undefined;
}

async function pass(options: OutboxOptions, state: OutboxState): Promise<void> {
  const { clock, log } = options;
  try {
    for (const [messageId, { outcome, nextAttemptAtMs }] of state.unrecorded) {
      options.store.recordAttempt(messageId, outcome, clock.wallMs(), nextAttemptAtMs);
      state.unrecorded.delete(messageId);
    }
    for (const entry of dueEntries(options, state)) {
      // After a failure the rest waits for the next tick: a message that comes in meanwhile is then seen first.
      if (!(await attempt(options, state, entry))) break;
    }
    report(options, state, problemOf(options, state));
  } catch (error) {
    const problem = `the outbox cannot be read or written: ${messageOf(error)}`;
    if (state.reported !== problem) log.error({ err: error }, problem);
    report(options, state, problem);
  }
}

/** What is due, never-tried messages first: the newest warning must not queue behind a backlog that fails. */
function dueEntries({ store, clock }: OutboxOptions, state: OutboxState): OutboxEntry[] {
  const nowMs = clock.wallMs();
  const due = store.dueMessages(nowMs, BATCH);
  if (nowMs < state.lastWallMs) {
    // First look, or the clock was set back: attempts planned by the old clock would be hours away.
    const stranded = store
      .dueMessages(Number.MAX_SAFE_INTEGER, BATCH)
      .filter((entry) => entry.nextAttemptAtMs > nowMs + FARTHEST_DELAY_MS);
    due.push(...stranded);
    if (stranded.length === 0) state.lastWallMs = nowMs;
  } else {
    state.lastWallMs = nowMs;
  }
  return due.sort((a, b) => a.attempts - b.attempts);
}

async function attempt(options: OutboxOptions, state: OutboxState, entry: OutboxEntry): Promise<boolean> {
  const { store, channel, clock, log, random } = options;
  const { messageId, recipient } = entry;
  const outcome = await channel.send(markIfLate(entry, clock.wallMs()));
  const nowMs = clock.wallMs();
  const attempts = entry.attempts + 1;
  let nextAttemptAtMs: number | null = null;
  if (outcome.ok) {
    state.lastFailure = null;
    state.givenUp = null;
    log.info({ messageId, recipient, response: outcome.response }, 'mail accepted by the server');
  } else if (outcome.retry && !isGivenUp(nowMs - entry.createdAtMs, attempts)) {
    const delayMs = retryDelayMs(attempts, random());
    nextAttemptAtMs = nowMs + delayMs;
    state.lastFailure = outcome.error;
    log.warn(
      { messageId, recipient, attempts },
      `mail not sent, next try in ${formatDuration(delayMs)}: ${outcome.error}`,
    );
  } else {
    state.givenUp = `a message to ${recipient} was given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${outcome.error}`;
    log.error({ messageId, recipient, attempts }, state.givenUp);
  }
  state.unrecorded.set(messageId, { outcome, nextAttemptAtMs });
  store.recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs);
  state.unrecorded.delete(messageId);
  return outcome.ok || !outcome.retry;
}

/** What the operator must know of the mail; null when all is well. */
function problemOf({ store }: OutboxOptions, state: OutboxState): string | null {
  const { pending, lastError } = store.outboxSummary();
  const failure = state.lastFailure ?? (pending > 0 ? lastError : null);
  const waiting =
    pending > 0 && failure !== null
      ? `${pending} ${pending === 1 ? 'message waits' : 'messages wait'} to be sent; the last attempt failed: ${failure}`
      : null;
  return [waiting, state.givenUp].filter((part) => part !== null).join('; ') || null;
}

function report({ health }: OutboxOptions, state: OutboxState, problem: string | null): void {
  if (state.reported === problem) return;
  state.reported = problem;
  health.report('mail', problem);
}
