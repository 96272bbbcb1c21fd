/** `portcast alert test`: sends a marked test message to every recipient and prints the result of each. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import { listRecipients, toChannelOptions } from '../channel-options.js';
import { channelOf, type ChannelName } from '../incident/recipients.js';
import type { Channel, OutboxMessage, SendOutcome } from '../notify-contracts.js';
import type { ChannelOptions } from '../notify/channels.js';
import type { MessageOptions } from '../notify/message/outbox-messages.js';
import type { Config } from '../config/config.js';
import type { Connections } from '../notify/connect/connections.js';
import type { SmtpOptions } from '../notify/email/smtp-session.js';
import type { MailContext } from '../notify/message/wording.js';
import { loadConfigFor, EXIT, addConfigOption, type CliContext, type CliIo } from './context.js';
import { escapeControls } from './terminal.js';
import { formatEndpoint } from '../host/endpoint.js';

interface AlertTestParts {
  readonly openChannels: (
    options: ChannelOptions,
    connections: Connections,
    nowMs: () => number,
  ) => Map<ChannelName, Channel>;
  readonly openConnections: (config: Config) => Connections;
  readonly createTest: (recipient: string, id: string, options: MessageOptions) => OutboxMessage;
  readonly nowMs: number;
}

export function addAlert(program: Command, context: CliContext): void {
  const test = program
    .command('alert')
    .description('send a test alert')
    .command('test')
    .description('send a marked test message through every channel and print the results');
  addConfigOption(test).action(async (options: { config?: string }) => {
    const [{ openChannels }, { openConnections }, { createTest }] = await Promise.all([
      import('../notify/channels.js'),
      import('../app-notify.js'),
      import('../notify/message/outbox-messages.js'),
    ]);
    const parts = { openChannels, openConnections, createTest, nowMs: Date.now() };
    context.finish(await alertTestCommand(context.io, options, parts));
  });
}

/** @returns 0 when the message to every recipient was accepted, else 1. */
async function alertTestCommand(io: CliIo, options: { config?: string }, parts: AlertTestParts): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const recipients = listRecipients(config).map(({ name }) => name);
  if (recipients.length === 0) {
    io.err('portcast: no channel is configured (mail.smtp, webhook, slack, exec, syslog), so nothing can be sent\n');
    return EXIT.failed;
  }
  const connections = parts.openConnections(config);
  const channels = parts.openChannels(toChannelOptions(config, connections), connections, Date.now);
  const messageOptions = { domain: '', context: mailContext(config, parts.nowMs) };
  const accepted: string[] = [];
  try {
    for (const recipient of recipients) {
      const message = parts.createTest(recipient, randomUUID(), messageOptions);
      const outcome = await channels.get(channelOf(recipient))?.send(message);
      if (outcome === undefined) continue;
      if (outcome.ok) accepted.push(recipient);
      io.out(`${recipient}: ${escapeControls(formatOutcome(outcome))}\n`);
    }
  } finally {
    for (const channel of channels.values()) channel.close();
  }
  const isMailWorking = accepted.some((recipient) => channelOf(recipient) === 'mail');
  if (config.mail.smtp !== null) io.out(`${describeServer(config.mail.smtp, isMailWorking)}\n`);
  return accepted.length === recipients.length ? EXIT.ok : EXIT.failed;
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
  const dashboardUrl = mail.dashboardUrl ?? `http://${formatEndpoint(http.address, http.port)}/`;
  return { hostName: host.name, timeZone: host.timeZone, dashboardUrl, limits: null, nowMs, remedies: [] };
}
