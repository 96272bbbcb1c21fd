/**
 * Watches how the channels deliver: notes what becomes of each message, tests each channel without sending, and keeps the
 * facts for the status.
 */
import type { Clock, HealthSink } from '../../contracts.js';
import { messageOf } from '../../errors.js';
import { formatEndpoint } from '../../host/endpoint.js';
import { formatPorts } from '../../host/local-ports.js';
import type { ChannelName } from '../../incident/recipients.js';
import type { Log } from '../../log.js';
import type { Channel, DeliveryFacts, SendOutcome } from '../../notify-contracts.js';
import { DAY_MS, formatDuration, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../units.js';
import type { Connections } from './connections.js';

interface WatchParts {
  readonly connections: Connections;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
  /** 0 to 1, so that many hosts do not test one server at the same second. */
  readonly random: () => number;
}

export interface ChannelWatch {
  /**
   * Watches a channel from now on. Messages must go through the channel that is returned.
   * @param lastSentAtMs when it sent before this start; null where that is not known
   */
  add(name: ChannelName, channel: Channel, lastSentAtMs: number | null): Channel;
  /** To be called about once a second from the first sample on. Never throws and never waits. */
  tick(): void;
  /** There may soon be something to tell, see `Channel.warm`. */
  warm(): void;
  facts(): DeliveryFacts[];
  /** The channels whose self-test fails, and since when (wall time). */
  failedTests(): { readonly part: ChannelName; readonly message: string; readonly sinceMs: number }[];
}

const FIRST_TEST_MS = 5 * SECOND_MS;
const TEST_JITTER_MS = MINUTE_MS;
const TEST_EVERY_MS = DAY_MS;
const FAILED_TEST_EVERY_MS = HOUR_MS;
/** Names are looked up again this often, so that the known address is not a day old when it is needed. */
const REFRESH_EVERY_MS = HOUR_MS;
const LOOK_UP_MS = MINUTE_MS;
/** A name that has not been resolved for so long is a problem. */
const STALE_MS = DAY_MS;

interface ChannelState {
  readonly name: ChannelName;
  readonly channel: Channel;
  lastSentAtMs: number | null;
  lastTestAtMs: number | null;
  lastTestError: string | null;
  /** Since when the tests fail; wall time. */
  failsSinceMs: number | null;
  /** Whether the latest message could not be handed over, for a reason other than the message itself. */
  isFailing: boolean;
  isTesting: boolean;
  /** Monotonic. */
  nextTestMs: number;
  nextRefreshMs: number;
}

export function createChannelWatch(parts: WatchParts): ChannelWatch {
  const { connections, clock, health, random } = parts;
  const states: ChannelState[] = [];
  const soonMs = (): number => clock.monotonicMs() + FIRST_TEST_MS + random() * TEST_JITTER_MS;

  const note = (state: ChannelState, outcome: SendOutcome): void => {
    if (outcome.ok) {
      state.lastSentAtMs = clock.wallMs();
      // What was mended is tested again, so that the status does not show an old failure.
      if (state.isFailing || state.lastTestError !== null) state.nextTestMs = Math.min(state.nextTestMs, soonMs());
      state.isFailing = false;
    } else if (outcome.refused === undefined) {
      state.isFailing = true;
    }
  };
  const refresh = ({ channel: { server } }: ChannelState): void => {
    if (server !== undefined) void connections.book.refresh(server.host, LOOK_UP_MS).catch(() => undefined);
  };
  return {
    add(name, channel, lastSentAtMs) {
      const never = { lastTestAtMs: null, lastTestError: null, failsSinceMs: null, isFailing: false, isTesting: false };
      const state: ChannelState = {
        name,
        channel,
        lastSentAtMs,
        ...never,
        nextTestMs: Infinity,
        nextRefreshMs: -Infinity,
      };
      states.push(state);
      return {
        ...channel,
        async send(message) {
          const outcome = await channel.send(message);
          note(state, outcome);
          return outcome;
        },
      };
    },
    tick() {
      const nowMs = clock.monotonicMs();
      for (const state of states) {
        if (nowMs >= state.nextRefreshMs) {
          state.nextRefreshMs = nowMs + REFRESH_EVERY_MS;
          refresh(state);
        }
        if (state.nextTestMs === Infinity) state.nextTestMs = soonMs();
        if (nowMs >= state.nextTestMs && !state.isTesting) void test(state, parts);
      }
      health.report('delivery', describeProblems(states, parts));
    },
    warm() {
      for (const { channel } of states) channel.warm?.();
    },
    facts: () => states.map((state) => describe(state, parts)),
    failedTests: () => listFailedTests(states),
  };
}

function listFailedTests(states: readonly ChannelState[]): ReturnType<ChannelWatch['failedTests']> {
  return states.flatMap(({ name, lastTestError, failsSinceMs }) =>
    lastTestError === null || failsSinceMs === null
      ? []
      : [{ part: name, message: `the self-test failed: ${lastTestError}`, sinceMs: failsSinceMs }],
  );
}

async function test(state: ChannelState, { clock, log, random }: WatchParts): Promise<void> {
  const { name, channel } = state;
  state.isTesting = true;
  // While it runs no other test is due.
  state.nextTestMs = clock.monotonicMs() + TEST_EVERY_MS;
  if (channel.selfTest !== undefined) {
    const outcome = await channel
      .selfTest()
      .catch((error: unknown) => ({ ok: false, error: messageOf(error) }) as const);
    state.lastTestAtMs = clock.wallMs();
    state.lastTestError = outcome.ok ? null : outcome.error;
    state.failsSinceMs = outcome.ok ? null : (state.failsSinceMs ?? state.lastTestAtMs);
    if (outcome.ok) log.debug({ channel: name }, `the self-test of ${name} succeeded: ${outcome.response}`);
    const pauseMs = outcome.ok ? TEST_EVERY_MS : FAILED_TEST_EVERY_MS;
    state.nextTestMs = clock.monotonicMs() + pauseMs + random() * TEST_JITTER_MS;
  }
  state.isTesting = false;
}

function describe(state: ChannelState, { connections, clock }: WatchParts): DeliveryFacts {
  const { name, lastTestAtMs, lastTestError, lastSentAtMs } = state;
  const { server } = state.channel;
  const about = { channel: name, lastTestAtMs, lastTestError, lastSentAtMs };
  if (server === undefined) {
    const why = 'it opens no TCP connection';
    return { ...about, server: null, address: null, addressAgeMs: null, localPorts: null, why };
  }
  const { address, foundAtMs, error } = connections.book.facts(server.host);
  const { ports, why } = connections.choosePorts();
  const age = foundAtMs === null ? 0 : Math.max(0, clock.wallMs() - foundAtMs);
  return {
    ...about,
    server: formatEndpoint(server.host, server.port),
    address,
    addressAgeMs: address === null ? null : age,
    localPorts: ports.length === 0 ? null : formatPorts(ports),
    why: error === null ? why : `${why}; ${describeStaleAddress(server.host, { address, ageMs: age, error })}`,
  };
}

function describeProblems(states: readonly ChannelState[], { connections, clock }: WatchParts): string | null {
  const problems = states.flatMap(({ name, channel: { server }, lastTestError }) => {
    const failed = lastTestError === null ? [] : [`the self-test of ${name} failed: ${lastTestError}`];
    if (server === undefined) return failed;
    const { address, foundAtMs, error } = connections.book.facts(server.host);
    const ageMs = foundAtMs === null ? 0 : clock.wallMs() - foundAtMs;
    const stale =
      error !== null && ageMs >= STALE_MS ? [describeStaleAddress(server.host, { address, ageMs, error })] : [];
    return [...failed, ...stale];
  });
  return problems.length === 0 ? null : problems.join('; ');
}

function describeStaleAddress(
  host: string,
  { address, ageMs, error }: { readonly address: string | null; readonly ageMs: number; readonly error: string },
): string {
  if (address === null) return `the name ${host} cannot be resolved: ${error}`;
  return `the name ${host} cannot be resolved (${error}), so its address ${address} of ${formatDuration(ageMs)} ago is used`;
}
