/** `portcast alert test`: sends a marked test message to every recipient and prints the result of each. */
import { randomUUID } from 'node:crypto';
import { statSync } from 'node:fs';
import type { Command } from 'commander';
import { listAlertmanagers, listRecipients, toChannelOptions } from '../app/channel-options.js';
import type { sendTestAlert as SendTestAlert } from '../notify/alertmanager/push.js';
import { channelOf, type ChannelName } from '../incident/recipients.js';
import type { Channel, OutboxMessage, SendOutcome } from '../notify-contracts.js';
import type { ChannelOptions } from '../notify/channels.js';
import type { MessageOptions } from '../notify/message/outbox-messages.js';
import type { Config } from '../config/config.js';
import type { Connections } from '../notify/connect/connections.js';
import type { SmtpOptions } from '../notify/email/smtp-session.js';
import type { MailContext } from '../notify/message/wording.js';
import type { WireAlertTest, WireAlertTestResult } from '../wire/alert-test.js';
import { SECOND_MS } from '../units.js';
import { loadConfigFor, EXIT, addConfigOption, printJson, type CliContext, type CliIo } from './context.js';
import { isObject, NoAnswerError, sendChange } from './daemon-client.js';
import { locateDaemon } from './daemon-login.js';
import { escapeControls } from './terminal.js';
import { formatEndpoint } from '../host/endpoint.js';
import { findDashboardUrl } from '../app/addresses.js';

/** More than the daemon waits for the answers of its channels. */
const TIMEOUT_MS = 40 * SECOND_MS;

interface AlertTestOptions {
  readonly config?: string;
  readonly json?: boolean;
}

interface AlertTestParts {
  readonly openChannels: (
    options: ChannelOptions,
    connections: Connections,
    nowMs: () => number,
  ) => Map<ChannelName, Channel>;
  readonly openConnections: (config: Config) => Connections;
  readonly sendTestAlert: typeof SendTestAlert;
  readonly createTest: (recipient: string, id: string, options: MessageOptions) => OutboxMessage;
  readonly nowMs: number;
}

/** What was sent to one recipient, and what the other side said. */
interface Result {
  readonly channel: string;
  readonly recipient: string;
  readonly ok: boolean;
  /** In words, for people. */
  readonly text: string;
  readonly answer: string;
}

export function addAlert(program: Command, context: CliContext): void {
  const test = program
    .command('alert')
    .description('send a test alert')
    .command('test')
    .description('send a marked test message through every channel and print the results')
    .option('--json', 'as JSON');
  addConfigOption(test).action(async (options: AlertTestOptions) => {
    const [{ openChannels }, { openConnections }, { sendTestAlert }, { createTest }] = await Promise.all([
      import('../notify/channels.js'),
      import('../app/notify.js'),
      import('../notify/alertmanager/push.js'),
      import('../notify/message/outbox-messages.js'),
    ]);
    const parts = { openChannels, openConnections, sendTestAlert, createTest, nowMs: Date.now() };
    context.finish(await alertTestCommand(context.io, options, parts));
  });
}

/**
 * The running daemon sends the test, so that it comes from its user, its configuration and its place in the network. Where none
 * runs, this process sends it through the channels only.
 * @returns 0 when the message to every recipient was accepted, else 1.
 */
async function alertTestCommand(io: CliIo, options: AlertTestOptions, parts: AlertTestParts): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const place = locateDaemon(io, config);
  const { base } = place;
  try {
    const daemon = { ...place, timeoutMs: TIMEOUT_MS, signal: io.signal };
    const answer = await sendChange(daemon, { method: 'POST', path: '/api/v1/alerts/test', body: {} }, isAlertTest);
    const results = answer.results.map((result): Result => ({ ...result, text: describeAnswer(result) }));
    const { name, invented } = answer.pool;
    const pool = invented ? 'an invented pool, as this host has none' : `the pool ${name}`;
    const how = `sent by the running daemon at ${base} with ${pool}: rule ${answer.rule}, incident, outbox and channel`;
    return report(io, options, { results, how: [how], document: { ...answer, by: 'daemon' } });
  } catch (error) {
    if (!(error instanceof NoAnswerError) || !error.isRefused) throw error;
    return await sendDirectly(io, options, { config, base, parts });
  }
}

async function sendDirectly(
  io: CliIo,
  options: AlertTestOptions,
  { config, base, parts }: { config: Config; base: string; parts: AlertTestParts },
): Promise<number> {
  const recipients = listRecipients(config).map(({ name }) => name);
  if (recipients.length === 0 && config.alertmanager === null) {
    io.err(
      'portcast: no channel is configured (mail.smtp, webhook, slack, alertmanager, exec, syslog), so nothing can be sent\n',
    );
    return EXIT.failed;
  }
  const connections = parts.openConnections(config);
  const channels = parts.openChannels(toChannelOptions(config, connections), connections, Date.now);
  const messageOptions = { domain: '', context: mailContext(config, parts.nowMs) };
  const results: Result[] = [];
  try {
    for (const recipient of recipients) {
      const channel = channelOf(recipient);
      const outcome = await channels.get(channel)?.send(parts.createTest(recipient, randomUUID(), messageOptions));
      if (outcome === undefined) continue;
      const answer = outcome.ok ? outcome.response : outcome.error;
      results.push({ channel, recipient, ok: outcome.ok, text: formatOutcome(outcome), answer });
    }
    for (const target of listAlertmanagers(config, connections)) {
      const outcome = await parts.sendTestAlert(target, { hostName: config.host.name, nowMs: parts.nowMs });
      const answer = outcome.ok ? outcome.response : outcome.error;
      const recipient = target.url.origin;
      results.push({ channel: 'alertmanager', recipient, ok: outcome.ok, text: formatOutcome(outcome), answer });
    }
  } finally {
    for (const channel of channels.values()) channel.close();
  }
  const isMailWorking = results.some(({ channel, ok }) => ok && channel === 'mail');
  const how = [
    ...(config.mail.smtp === null ? [] : [describeServer(config.mail.smtp, isMailWorking)]),
    `no daemon runs at ${base}: sent directly through the channels, without rule, incident and outbox`,
    ...describeUser(config.store.file),
  ];
  return report(io, options, { results, how, document: { results: results.map(withoutText), by: 'command' } });
}

function report(
  io: CliIo,
  options: AlertTestOptions,
  { results, how, document }: { results: readonly Result[]; how: readonly string[]; document: object },
): number {
  if (options.json === true) printJson(io, document);
  else {
    for (const { recipient, text } of results) io.out(`${escapeControls(recipient)}: ${escapeControls(text)}\n`);
    for (const line of how) io.out(`${escapeControls(line)}\n`);
  }
  return results.every(({ ok }) => ok) ? EXIT.ok : EXIT.failed;
}

function withoutText({ channel, recipient, ok, answer }: Result): Omit<Result, 'text'> {
  return { channel, recipient, ok, answer };
}

function describeAnswer({ ok, answer }: WireAlertTestResult): string {
  return ok ? `accepted (${answer})` : `failed: ${answer}`;
}

/** The daemon's user may read other files, and may be held to other rules of the network. */
function describeUser(databaseFile: string): string[] {
  const uid = process.getuid?.();
  const owner = statSync(databaseFile, { throwIfNoEntry: false })?.uid;
  if (uid === undefined || owner === undefined || uid === owner) return [];
  return [
    `sent as user ${uid}, but the database belongs to user ${owner}: the daemon, which runs as that user, may fail where this did not`,
  ];
}

function isAlertTest(value: unknown): value is WireAlertTest {
  if (!isObject(value) || !isObject(value['pool']) || !Array.isArray(value['results'])) return false;
  return value['results'].every(
    (result) => isObject(result) && typeof result['recipient'] === 'string' && typeof result['answer'] === 'string',
  );
}

/** @param isWorking false when the server took none of the messages, so that nothing shows that the login worked. */
function describeServer({ host, port, security, user }: SmtpOptions, isWorking: boolean): string {
  const login = user === null ? 'no login' : isWorking ? `logged in as ${user}` : `login as ${user}`;
  return `${isWorking ? 'sent through' : 'tried'} ${formatEndpoint(host, port)} (security ${security}, ${login})`;
}

function formatOutcome(outcome: SendOutcome): string {
  if (outcome.ok) return `accepted (${outcome.response})`;
  const next = outcome.retry ? 'a real alert would be sent again later' : 'another attempt would fail as well';
  return `failed: ${outcome.error}; ${next}`;
}

function mailContext({ host, http, mail }: Config, nowMs: number): MailContext {
  const url = findDashboardUrl({ http, mail }, null);
  const dashboardUrl = url.endsWith('/') ? url : `${url}/`;
  return { hostName: host.name, timeZone: host.timeZone, dashboardUrl, limits: null, nowMs, remedies: [] };
}
