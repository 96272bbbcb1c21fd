/**
 * Sends the stored messages of one channel one after another until each is accepted: at least once, never two at the same
 * time. Each channel has an outbox of its own, so that none waits for another.
 */
import type { Clock, HealthSink } from '../contracts.js';
import type { Channel, OutboxEntry, OutboxStore, SendOutcome } from '../notify-contracts.js';
import { messageOf } from '../errors.js';
import type { ChannelName } from '../incident/recipients.js';
import { isTrialId } from '../incident/trial-id.js';
import type { Log } from '../log.js';
import { formatDuration } from '../units.js';
import { delayAsAsked, FARTHEST_DELAY_MS, isGivenUp, retryDelayMs } from './backoff.js';
import { markIfLate } from './message/render.js';

export interface OutboxOptions {
  readonly name: ChannelName;
  readonly store: OutboxStore;
  readonly channel: Channel;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
  /** The zone of the times in messages; absent: UTC. */
  readonly timeZone?: string;
  /** 0 to 1, for the jitter. */
  readonly random: () => number;
}

export interface Outbox {
  /**
   * Sends what is due; called every second and after every commit. A call while messages are being sent waits for them,
   * and has the store read once more afterwards. Never throws.
   */
  tick(): Promise<void>;
  /** Sends what is due until the instant `deadlineMs` of the monotonic clock. The rest waits for the next start. */
  drain(deadlineMs: number): Promise<void>;
}

interface OutboxState {
  /** Outcomes that the store could not record yet. They are recorded before anything else, so that nothing is sent twice. */
  readonly unrecorded: Map<string, { readonly outcome: SendOutcome; readonly nextAttemptAtMs: number | null }>;
  /** The wall clock at the last pass in which no entry was planned too far ahead; see FARTHEST_DELAY_MS. */
  lastWallMs: number;
  lastFailure: string | null;
  /**
   * Why each message that waits failed though others may be accepted, by Message-ID. It lasts until that one is sent. Such a
   * message waits for its own time, so that it delays no other.
   */
  readonly refusals: Map<string, string>;
  /** Whether nothing was accepted since the last failure that concerns every message, or since the start. */
  isDown: boolean;
  /** Since when what waited while the channel was down is sent, in its order; null when nothing of it is left. */
  catchingUpSinceMs: number | null;
  /** The sentence about the last message that was given up; null again after a message was accepted. */
  givenUp: string | null;
  /** The problem as it was last reported; undefined before the first report. */
  reported: string | null | undefined;
}

/** How many messages one pass sends: what is stored meanwhile may be more urgent. */
const BATCH = 50;
/** How many waiting messages are looked at. */
const MOST_WAITING = 10_000;
/** How many refused recipients one pass goes on after. */
const MAX_REFUSED_RECIPIENTS = 10;

export function createOutbox(options: OutboxOptions): Outbox {
  const state: OutboxState = {
    unrecorded: new Map(),
    lastWallMs: Number.POSITIVE_INFINITY,
    lastFailure: null,
    refusals: new Map(),
    isDown: true,
    catchingUpSinceMs: null,
    givenUp: null,
    reported: undefined,
  };
  let running: Promise<void> | null = null;
  let isPassWanted = false;
  const runPasses = async (): Promise<void> => {
    while (isPassWanted) {
      isPassWanted = false;
      await runPass(options, state);
    }
    running = null;
  };
  const tick = (): Promise<void> => {
    isPassWanted = true;
    running ??= runPasses();
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

async function runPass(options: OutboxOptions, state: OutboxState): Promise<void> {
  const { clock, log } = options;
  try {
    for (const [messageId, { outcome, nextAttemptAtMs }] of state.unrecorded) {
      options.store.recordAttempt(messageId, outcome, clock.wallMs(), nextAttemptAtMs);
      state.unrecorded.delete(messageId);
    }
    const pass: Pass = { tried: 0, refusedRecipients: 0, isOver: false };
    // While the channel catches up, each message that was accepted may let an older one go that depended on it.
    do await sendEntries(options, state, pass);
    while (state.catchingUpSinceMs !== null && !pass.isOver && pass.tried < BATCH);
    reportProblem(options, state, describeProblem(options, state));
  } catch (error) {
    const problem = `the outbox cannot be read or written: ${messageOf(error)}`;
    if (state.reported !== problem) log.error({ err: error }, problem);
    reportProblem(options, state, problem);
  }
}

interface Pass {
  tried: number;
  refusedRecipients: number;
  isOver: boolean;
}

async function sendEntries(options: OutboxOptions, state: OutboxState, pass: Pass): Promise<void> {
  for (const entry of listDueEntries(options, state)) {
    const outcome = await sendEntry(options, state, entry);
    pass.tried += 1;
    if (outcome.ok && state.catchingUpSinceMs !== null) return;
    if (outcome.ok || !outcome.retry) continue;
    // After a failure the others wait for the next tick, so that a message which was stored meanwhile goes first. One
    // recipient does not hold up the others, but mail servers turn a client away that is refused again and again.
    pass.isOver = outcome.refused !== 'recipient' || ++pass.refusedRecipients >= MAX_REFUSED_RECIPIENTS;
    if (pass.isOver) return;
  }
}

/**
 * What is to be sent now. A warning that was never tried goes first, because it must not wait behind a backlog that fails;
 * but each recipient gets the messages of one incident in their order. While the channel is down one due message is reason
 * enough to try the oldest, and once one is accepted all that wait follow in the order in which they were written.
 */
function listDueEntries({ store, clock, name }: OutboxOptions, state: OutboxState): OutboxEntry[] {
  const nowMs = clock.wallMs();
  const all = store.dueMessages(Number.MAX_SAFE_INTEGER, MOST_WAITING, name);
  const waiting = all.filter((entry) => !isStandIn(entry, nowMs));
  // In the first pass, and after the clock was set back, attempts planned by the old clock could be hours away.
  const isSetBack = nowMs < state.lastWallMs;
  const stranded = waiting.filter(({ nextAttemptAtMs }) => isSetBack && nextAttemptAtMs > nowMs + FARTHEST_DELAY_MS);
  if (stranded.length === 0) state.lastWallMs = nowMs;
  const due = [...waiting.filter(({ nextAttemptAtMs }) => nextAttemptAtMs <= nowMs), ...stranded];
  const isTroubled = ({ messageId }: OutboxEntry): boolean => state.refusals.has(messageId);
  const backlog = waiting.filter((entry) => !isTroubled(entry));
  if (backlog.length === 0) state.catchingUpSinceMs = null;
  const sinceMs = state.catchingUpSinceMs;
  if (due.length === 0 && sinceMs === null) return [];
  const isAll = sinceMs !== null || (state.isDown && due.some((entry) => !isTroubled(entry)));
  const firsts = findFirsts(waiting);
  const fresh = due.filter(
    (entry) => entry.attempts === 0 && entry.createdAtMs >= (sinceMs ?? 0) && firsts.has(entry.messageId),
  );
  const order = [...new Set([...fresh, ...(isAll ? backlog : []), ...due])];
  return order.slice(0, BATCH);
}

/** Whether the channels before still have time to accept it. A time that is further away was set by another clock. */
function isStandIn({ insteadOf = null, attempts, nextAttemptAtMs }: OutboxEntry, nowMs: number): boolean {
  return (
    insteadOf !== null && attempts === 0 && nextAttemptAtMs > nowMs && nextAttemptAtMs <= nowMs + FARTHEST_DELAY_MS
  );
}

/** The Message-IDs of the messages that no older one of their incident and recipient precedes. */
function findFirsts(waiting: readonly OutboxEntry[]): Set<string> {
  const firsts = new Map<string, string>();
  for (const { messageId, incidentId, recipient } of waiting) {
    const key = JSON.stringify([incidentId ?? messageId, recipient]);
    if (!firsts.has(key)) firsts.set(key, messageId);
  }
  return new Set(firsts.values());
}

/** Sends one message and records the outcome. */
async function sendEntry(options: OutboxOptions, state: OutboxState, entry: OutboxEntry): Promise<SendOutcome> {
  const { name, store, channel, clock, log, random } = options;
  const { messageId, recipient } = entry;
  const outcome = await channel.send(markIfLate(entry, clock.wallMs(), options.timeZone));
  const nowMs = clock.wallMs();
  const attempts = entry.attempts + 1;
  let nextAttemptAtMs: number | null = null;
  state.refusals.delete(messageId);
  const wasCatchingUp = state.catchingUpSinceMs !== null;
  noteWhetherDown(state, outcome, nowMs);
  if (outcome.ok) {
    state.lastFailure = null;
    state.givenUp = null;
    log.info({ messageId, recipient, response: outcome.response }, `${name}: message accepted`);
  } else if (outcome.retry && !isGivenUp(nowMs - entry.createdAtMs, attempts)) {
    const delayMs = delayAsAsked(retryDelayMs(attempts, random()), outcome.retryAfterMs);
    nextAttemptAtMs = nowMs + delayMs;
    state.lastFailure = outcome.error;
    // A message that fails while others are accepted may be the reason itself.
    if (outcome.refused !== undefined || wasCatchingUp) state.refusals.set(messageId, outcome.error);
    log.warn(
      { messageId, recipient, attempts },
      `${name}: message not sent, next try in ${formatDuration(delayMs)}: ${outcome.error}`,
    );
  } else {
    const givenUp = `a message to ${recipient} was given up after ${attempts} ${attempts === 1 ? 'attempt' : 'attempts'}: ${outcome.error}`;
    // Who asked for a test is told its result. It is no problem of the daemon.
    if (!isTrialId(messageId)) state.givenUp = givenUp;
    log.error({ messageId, recipient, attempts }, givenUp);
  }
  state.unrecorded.set(messageId, { outcome, nextAttemptAtMs });
  store.recordAttempt(messageId, outcome, nowMs, nextAttemptAtMs);
  state.unrecorded.delete(messageId);
  return outcome;
}

/** A channel that refuses a message or a recipient works. */
function noteWhetherDown(state: OutboxState, outcome: SendOutcome, nowMs: number): void {
  const isDown = !outcome.ok && outcome.retry && outcome.refused === undefined;
  if (isDown) state.catchingUpSinceMs = null;
  else if (state.isDown) state.catchingUpSinceMs = nowMs;
  state.isDown = isDown;
}

/** What is wrong with the channel, for the health report; null when nothing is. */
function describeProblem({ store, name }: OutboxOptions, state: OutboxState): string | null {
  const { pending, lastError } = store.outboxSummary(name);
  if (pending === 0) state.refusals.clear();
  const failure = state.lastFailure ?? [...state.refusals.values()].at(-1) ?? (pending > 0 ? lastError : null);
  const waiting =
    pending > 0 && failure !== null
      ? `${pending} ${pending === 1 ? 'message waits' : 'messages wait'} to be sent; the last attempt failed: ${failure}`
      : null;
  return [waiting, state.givenUp].filter((part) => part !== null).join('; ') || null;
}

function reportProblem({ health, name }: OutboxOptions, state: OutboxState, problem: string | null): void {
  if (state.reported === problem) return;
  state.reported = problem;
  health.report(name, problem);
}
