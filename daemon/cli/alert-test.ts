/** `portcast alert test`: sends a marked test message to every recipient and prints the result of each. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Channel, OutboxMessage, SendOutcome } from '../notify-contracts.js';
import type { Config } from '../config/config.js';
import type { Dial } from '../notify/connect/dial.js';
import type { SmtpOptions } from '../notify/email/smtp-session.js';
import type { MailContext } from '../notify/message/wording.js';
import { loadConfigFor, EXIT, addConfigOption, type CliContext, type CliIo } from './context.js';
import { escapeControls } from './terminal.js';
import { formatEndpoint } from '../host/endpoint.js';

interface AlertTestParts {
  readonly createEmailChannel: (smtp: SmtpOptions, dial: Dial) => Channel;
  readonly openConnections: (config: Config) => { readonly dial: Dial };
  readonly renderTest: (context: MailContext) => { subject: string; text: string; html: string };
  readonly nowMs: number;
}

export function addAlert(program: Command, context: CliContext): void {
  const test = program
    .command('alert')
    .description('send a test alert')
    .command('test')
    .description('send a marked test message through every channel and print the results');
  addConfigOption(test).action(async (options: { config?: string }) => {
    const [{ createEmailChannel }, { openConnections }, { renderTest }] = await Promise.all([
      import('../notify/email/email-channel.js'),
      import('../app-notify.js'),
      import('../notify/message/render.js'),
    ]);
    const parts = { createEmailChannel, openConnections, renderTest, nowMs: Date.now() };
    context.finish(await alertTestCommand(context.io, options, parts));
  });
}

/** @returns 0 when the message to every recipient was accepted, else 1. */
async function alertTestCommand(io: CliIo, options: { config?: string }, parts: AlertTestParts): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const { smtp, to } = config.mail;
  if (smtp === null) {
    io.err('portcast: no SMTP server is configured (mail.smtp), so no mail can be sent\n');
    return EXIT.failed;
  }
  const rendered = parts.renderTest(mailContext(config, parts.nowMs));
  const channel = parts.createEmailChannel(smtp, parts.openConnections(config).dial);
  let failures = 0;
  try {
    for (const recipient of to) {
      const outcome = await channel.send(testMessage({ recipient, nowMs: parts.nowMs, rendered }));
      if (!outcome.ok) failures += 1;
      io.out(`${recipient}: ${escapeControls(formatOutcome(outcome))}\n`);
    }
  } finally {
    channel.close();
  }
  io.out(`${describeServer(smtp, failures < to.length)}\n`);
  return failures === 0 ? EXIT.ok : EXIT.failed;
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

function testMessage(options: {
  recipient: string;
  nowMs: number;
  rendered: { subject: string; text: string; html: string };
}) {
  const { recipient, nowMs, rendered } = options;
  // Each test needs an id of its own: a mail server may drop a message whose id it has seen before.
  const messageId = `test-${randomUUID()}@portcast.invalid`;
  const message: OutboxMessage = { messageId, recipient, alertId: null, ...rendered, createdAtMs: nowMs };
  return message;
}
