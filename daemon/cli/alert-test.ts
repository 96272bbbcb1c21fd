/** `portcast alert test`: a marked test message to every recipient, and what came of each. */
import { randomUUID } from 'node:crypto';
import type { Command } from 'commander';
import type { Channel, OutboxMessage } from '../contracts.js';
import type { Config, SmtpConfig } from '../config/config.js';
import type { MailContext } from '../notify/message/wording.js';
import { loadConfigFor, EXIT, withConfig, type CliContext, type CliIo } from './context.js';
import { formatEndpoint } from '../host/endpoint.js';

interface AlertTestParts {
  readonly createEmailChannel: (smtp: SmtpConfig) => Channel & { close(): void | Promise<void> };
  readonly renderTest: (context: MailContext) => { subject: string; text: string; html: string };
  readonly nowMs: number;
}

export function addAlert(program: Command, context: CliContext): void {
  const test = program
    .command('alert')
    .description('alerts')
    .command('test')
    .description('send a marked test message through every channel and say what happened');
  withConfig(test).action(async (options: { config?: string }) => {
    const [{ createEmailChannel }, { renderTest }] = await Promise.all([
      import('../notify/email/email-channel.js'),
      import('../notify/message/render.js'),
    ]);
    const parts = { createEmailChannel, renderTest, nowMs: Date.now() };
    context.finish(await alertTestCommand(context.io, options, parts));
  });
}

/** @returns 0 only when every recipient's message was accepted. */
async function alertTestCommand(io: CliIo, options: { config?: string }, parts: AlertTestParts): Promise<number> {
  const { config } = loadConfigFor(io, options.config);
  const { smtp, to } = config.mail;
  if (smtp === null) {
    io.err('portcast: no SMTP server is configured (mail.smtp), so nothing can be sent\n');
    return EXIT.failed;
  }
  const rendered = parts.renderTest(mailContext(config, parts.nowMs));
  const channel = parts.createEmailChannel(smtp);
  let failures = 0;
  try {
    for (const recipient of to) {
      const outcome = await channel.send(testMessage({ recipient, nowMs: parts.nowMs, rendered }));
      if (!outcome.ok) failures += 1;
      const again = outcome.ok
        ? ''
        : outcome.retry
          ? '; a real alert would be tried again'
          : '; trying again would not help';
      io.out(`${recipient}: ${outcome.ok ? `accepted (${outcome.response})` : `failed: ${outcome.error}${again}`}\n`);
    }
  } finally {
    await channel.close();
  }
  io.out(
    `through ${smtp.host}:${smtp.port} (${smtp.security}${smtp.user === null ? ', no login' : `, as ${smtp.user}`})\n`,
  );
  return failures === 0 ? EXIT.ok : EXIT.failed;
}

function mailContext({ host, http, mail }: Config, nowMs: number): MailContext {
  const dashboardUrl = mail.dashboardUrl ?? `http://${formatEndpoint(http.address, http.port)}/`;
  return { hostName: host.name, dashboardUrl, limits: null, nowMs, remedies: [] };
}

function testMessage(options: {
  recipient: string;
  nowMs: number;
  rendered: { subject: string; text: string; html: string };
}) {
  const { recipient, nowMs, rendered } = options;
  // Every test is a message of its own: a stable id would be taken for a repetition and dropped.
  const messageId = `test-${randomUUID()}@portcast.invalid`;
  const message: OutboxMessage = { messageId, recipient, alertId: null, ...rendered, createdAtMs: nowMs };
  return message;
}
