/** The part of app.ts that sends a test the whole way of an alert: rule, incident, outbox, channel. */
import { listAlertmanagers, listRecipients } from './channel-options.js';
import type { Config } from '../config/config.js';
import type { Clock, HostReading } from '../contracts.js';
import { createSyntheticHost } from '../drill/synthetic-host.js';
import { createForecaster } from '../forecast/forecaster.js';
import type { PoolForecast } from '../forecast/types.js';
import { channelOf } from '../incident/recipients.js';
import { planTrial } from '../incident/trial.js';
import { nameDestination } from '../alert/names.js';
import type { AttemptBoard } from '../notify/attempts.js';
import type { ComposingAnnouncer } from '../notify/announcer.js';
import { sendTestAlert } from '../notify/alertmanager/push.js';
import type { Connections } from '../notify/connect/connections.js';
import { markTrial } from '../notify/message/mark.js';
import type { Outbox } from '../notify/outbox.js';
import type { OutboxMessage, SendOutcome } from '../notify-contracts.js';
import type { Store } from '../store/store.js';
import { HOUR_MS, SECOND_MS } from '../units.js';
import type { AlertTestRefusal, WireAlertTest, WireAlertTestResult } from '../wire/alert-test.js';

/** How long the answers of the channels are waited for. */
const WAIT_MS = 20 * SECOND_MS;
const MAX_PER_HOUR = 5;
const NO_CHANNEL =
  'no channel is configured (mail.smtp, webhook, slack, alertmanager, exec, syslog), so no test can be sent';
const NO_ANSWER = 'the other side did not answer in time';
/** The synthetic host has run so long when its pool is shown. */
const INVENTED_RUN_MS = 15 * SECOND_MS;
const BEAT_MS = 2 * SECOND_MS;

interface TestParts {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly delivery: Pick<Outbox, 'tick'>;
  readonly attempts: AttemptBoard;
  readonly announcer: ComposingAnnouncer;
  readonly connections: Connections;
  /** The pool that is most at risk; null while there is none. */
  readonly worstPool: () => PoolForecast | null;
  /** Null before the host was read. */
  readonly reading: () => HostReading | null;
  /** An argument for tests. */
  readonly waitMs?: number;
}

export type RunAlertTest = () => Promise<WireAlertTest | AlertTestRefusal>;

/** One test at a time, and five within an hour: it sends mail, and everybody on this host may ask for it. */
export function createAlertTest(parts: TestParts): RunAlertTest {
  const { clock, config } = parts;
  let isRunning = false;
  let begunMs: number[] = [];
  return async () => {
    if (listRecipients(config).length === 0 && config.alertmanager === null) return refuse(409, NO_CHANNEL);
    if (isRunning) return refuse(429, 'a test is under way; its answer comes within 20 s', WAIT_MS);
    const nowMs = clock.monotonicMs();
    begunMs = begunMs.filter((atMs) => nowMs - atMs < HOUR_MS);
    const [first = nowMs] = begunMs;
    if (begunMs.length >= MAX_PER_HOUR) {
      return refuse(
        429,
        `${MAX_PER_HOUR} tests were sent within the last hour; no more are allowed`,
        first + HOUR_MS - nowMs,
      );
    }
    begunMs.push(nowMs);
    isRunning = true;
    try {
      return await runTest(parts);
    } finally {
      isRunning = false;
    }
  };
}

async function runTest(parts: TestParts): Promise<WireAlertTest> {
  const { config, clock, announcer } = parts;
  const recipients = listRecipients(config).map(({ name }) => name);
  const present = parts.worstPool();
  const pool = present ?? (await inventPool(clock));
  const nowMs = clock.wallMs();
  const { alerts, incidents } = config;
  const plan = planTrial({ pool, recipients, alerts, incidents, nowMs });
  const notice = describeTest(pool, present === null);
  const messages = plan.messages.map((planned) =>
    markTrial(announcer.compose(planned, plan.known, parts.reading()), 'test', notice),
  );
  const [outcomes, pushed] = await Promise.all([send(parts, messages), testAlertmanagers(parts, nowMs)]);
  return {
    sentAt: new Date(nowMs).toISOString(),
    pool: { id: pool.id, name: nameDestination(pool), invented: present === null },
    rule: plan.known[0]?.lead.rule ?? '',
    results: [
      ...messages.map(({ messageId, recipient }): WireAlertTestResult => {
        const outcome = outcomes.get(messageId);
        const answer = outcome === undefined ? NO_ANSWER : wordsOf(outcome);
        return { channel: channelOf(recipient), recipient, ok: outcome?.ok === true, answer, messageId };
      }),
      ...pushed,
    ],
  };
}

/** An alert of its own, as Alertmanager takes no messages; so it has no Message-ID. */
function testAlertmanagers(
  { config, connections, waitMs = WAIT_MS }: TestParts,
  nowMs: number,
): Promise<WireAlertTestResult[]> {
  return Promise.all(
    listAlertmanagers(config, connections).map(async (target) => {
      const timeoutMs = Math.min(target.timeoutMs, waitMs);
      const outcome = await sendTestAlert({ ...target, timeoutMs }, { hostName: config.host.name, nowMs });
      const recipient = target.url.origin;
      return { channel: 'alertmanager', recipient, ok: outcome.ok, answer: wordsOf(outcome), messageId: '' };
    }),
  );
}

function wordsOf(outcome: SendOutcome): string {
  return outcome.ok ? outcome.response : outcome.error;
}

/** Stores the messages, has them sent, and waits for the last word of the other side about each. */
async function send(parts: TestParts, messages: readonly OutboxMessage[]): Promise<Map<string, SendOutcome>> {
  const { store, delivery, attempts, clock, waitMs = WAIT_MS } = parts;
  const outcomes = new Map<string, SendOutcome>();
  const open = new Set(messages.map(({ messageId }) => messageId));
  if (open.size === 0) return outcomes;
  await new Promise<void>((resolve) => {
    const end = (): void => {
      clearTimeout(timer);
      unfollow();
      resolve();
    };
    const timer = setTimeout(end, waitMs);
    const unfollow = attempts.follow(({ messageId, outcome, isPlannedAgain }) => {
      if (!open.has(messageId)) return;
      outcomes.set(messageId, outcome);
      if (!isPlannedAgain) open.delete(messageId);
      if (open.size === 0) end();
    });
    store.commitAlerts([], messages);
    void delivery.tick();
  });
  // A test that could not be sent now would only come as a surprise later.
  const withdrawn: SendOutcome = { ok: false, retry: false, error: 'the test is over' };
  for (const messageId of open) store.recordAttempt(messageId, withdrawn, clock.wallMs(), null);
  return outcomes;
}

/** The forecast of a pool on a synthetic host whose ports run out. */
async function inventPool(clock: Clock): Promise<PoolForecast> {
  const endMs = clock.monotonicMs();
  const offsetMs = clock.wallMs() - endMs;
  let nowMs = endMs - INVENTED_RUN_MS;
  const past: Clock = { monotonicMs: () => nowMs, wallMs: () => nowMs + offsetMs, cpuMs: () => 0 };
  const host = createSyntheticHost(past);
  const forecaster = createForecaster();
  let worst: PoolForecast | undefined;
  for (; nowMs <= endMs; nowMs += BEAT_MS) {
    const [reading, { snapshot }] = [await host.readHost(), await host.readTable()];
    worst = forecaster.update({ ...reading, snapshot, intervalMs: BEAT_MS }).pools[0] ?? worst;
  }
  if (worst === undefined) throw new Error('the synthetic host has no pool');
  return worst;
}

function describeTest(pool: PoolForecast, isInvented: boolean): string {
  const figures = isInvented
    ? 'This host has no connection to forecast, so the destination and its figures are invented (192.0.2.x is for documentation).'
    : `The figures are those of ${nameDestination(pool)} at this moment.`;
  return `This is a test of the alerts of portcast, and nothing is wrong. ${figures}`;
}

function refuse(status: 409 | 429, detail: string, retryAfterMs: number | null = null): AlertTestRefusal {
  const retryAfterSeconds = retryAfterMs === null ? null : Math.max(1, Math.ceil(retryAfterMs / SECOND_MS));
  return { refused: { status, detail, retryAfterSeconds } };
}
