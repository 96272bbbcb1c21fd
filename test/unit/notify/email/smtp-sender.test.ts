import type { Socket } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmailChannel } from '../../../../daemon/notify/email/email-channel.js';
import type { Channel } from '../../../../daemon/notify-contracts.js';
import type { SmtpOptions } from '../../../../daemon/notify/email/smtp-session.js';
import { smtpDialogue, startBrokenServer } from '../../../builders/broken-mail-server.js';
import { createTestDial } from '../../../builders/dial.js';
import { LOGIN, smtpOptions, startMailServer } from '../../../builders/mail-server.js';
import { createMemoryOutbox, setUpOutbox } from '../../../builders/memory-outbox.js';
import { message } from '../../../builders/messages.js';

function openChannel(changes: Partial<SmtpOptions>): Channel {
  const channel = createEmailChannel(smtpOptions(changes), createTestDial());
  onTestFinished(() => channel.close());
  return channel;
}

async function startServer(handle: (socket: Socket) => void) {
  const server = await startBrokenServer(handle);
  onTestFinished(() => server.close());
  return server;
}

const numbered = (index: number, recipient = 'ops@example.org') =>
  message({ messageId: `${index}@example.org`, recipient });

/** A server that ends each session after so many messages, as providers do. */
const limitMessages = (most: number, refusal: string) => (socket: Socket) => {
  let messages = 0;
  smtpDialogue({
    mail: () => {
      if (messages < most) socket.write('250 ok\r\n');
      else if (refusal.startsWith('421')) socket.end(`${refusal}\r\n`);
      else socket.write(`${refusal}\r\n`);
      messages += 1;
    },
  })(socket);
};

describe('sessions with the mail server', () => {
  it('are few: 200 mails take two connections, and each mail arrives once', async () => {
    let connections = 0;
    const { port, mails } = await startMailServer(onTestFinished, {
      onConnect(_session, done) {
        connections += 1;
        done();
      },
    });
    const store = createMemoryOutbox();
    store.commit(...Array.from({ length: 200 }, (_, index) => numbered(index)));
    const channel = openChannel({ port, security: 'starttls', ...LOGIN, allowSelfSigned: true, timeoutMs: 20_000 });
    const { outbox } = setUpOutbox(channel, store);
    // One pass takes 50 messages from the store.
    for (let pass = 0; pass < 4; pass += 1) await outbox.tick();
    expect(store.outboxSummary('mail')).toMatchObject({ pending: 0, failed: 0 });
    expect(mails).toHaveLength(200);
    expect(new Set(mails.map(({ mail }) => mail.messageId)).size).toBe(200);
    expect(connections).toBe(2);
  });

  it('go on after a refused recipient and a refused message', async () => {
    const server = await startServer(
      smtpDialogue({
        rcpt: (socket, command) => socket.write(command.includes('nobody') ? '550 5.1.1 unknown\r\n' : '250 ok\r\n'),
      }),
    );
    const channel = openChannel({ port: server.port });
    expect(await channel.send(numbered(1))).toMatchObject({ ok: true });
    expect(await channel.send(numbered(2, 'nobody@example.org'))).toMatchObject({ ok: false, retry: false });
    expect(await channel.send(numbered(3))).toMatchObject({ ok: true });
    expect(server.connections).toBe(1);
    expect(server.received()).toContain('RSET\r\nMAIL FROM:<portcast@example.org>');
  });

  it.each(['421 4.7.0 too many messages in this session', '452 4.3.2 too many messages in this session'])(
    'are opened anew when a server answers %j, without a failure',
    async (refusal) => {
      const server = await startServer(limitMessages(3, refusal));
      const channel = openChannel({ port: server.port });
      for (let index = 0; index < 7; index += 1) {
        expect(await channel.send(numbered(index))).toMatchObject({ ok: true });
      }
      expect(server.connections).toBe(3);
    },
  );

  it('are opened anew after the server has closed an idle one', async () => {
    let close = (): void => undefined;
    const server = await startServer((socket) => {
      close = () => socket.destroy();
      smtpDialogue({})(socket);
    });
    const channel = openChannel({ port: server.port });
    expect(await channel.send(numbered(1))).toMatchObject({ ok: true });
    close();
    expect(await channel.send(numbered(2))).toMatchObject({ ok: true });
    expect(server.connections).toBe(2);
  });

  it('never send a message again by themselves when the reply to its content is missing', async () => {
    const server = await startServer((socket) => {
      let messages = 0;
      smtpDialogue({
        end: () => {
          messages += 1;
          if (messages === 1) socket.write('250 queued\r\n');
          else socket.destroy();
        },
      })(socket);
    });
    const channel = openChannel({ port: server.port });
    expect(await channel.send(numbered(1))).toMatchObject({ ok: true });
    expect(await channel.send(numbered(2))).toMatchObject({ ok: false, retry: true });
    expect(server.connections).toBe(1);
    expect(server.received().match(/Message-ID: <2@example\.org>/g)).toHaveLength(1);
  });

  it('that refuse the sender from the start are not repeated', async () => {
    const server = await startServer(smtpDialogue({ mail: '550 5.7.1 sender not allowed' }));
    const channel = openChannel({ port: server.port });
    expect(await channel.send(numbered(1))).toMatchObject({ ok: false, retry: true });
    expect(server.connections).toBe(1);
  });

  it('end with QUIT after a pause', async () => {
    const server = await startServer(smtpDialogue({}));
    const channel = openChannel({ port: server.port, timeoutMs: 100 });
    expect(await channel.send(numbered(1))).toMatchObject({ ok: true });
    await expect.poll(() => server.received(), { interval: 5 }).toMatch(/QUIT\r\n$/);
    expect(await channel.send(numbered(2))).toMatchObject({ ok: true });
    expect(server.connections).toBe(2);
  });
});
