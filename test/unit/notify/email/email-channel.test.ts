import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmailChannel } from '../../../../daemon/notify/email/email-channel.js';
import { smtpDialogue, startBrokenServer } from '../../../builders/broken-mail-server.js';
import { LOGIN, sendMail, smtpOptions, startMailServer } from '../../../builders/mail-server.js';
import { message } from '../../../builders/messages.js';

describe('the e-mail channel', () => {
  it('sends one mail with both parts, a stable Message-ID and the date at which it was written', async () => {
    const { port, mails } = await startMailServer(onTestFinished, { disabledCommands: ['STARTTLS', 'AUTH'] });
    expect(await sendMail({ port })).toMatchObject({ ok: true });
    expect(mails).toHaveLength(1);
    const { mail, to } = mails[0] ?? expect.unreachable();
    expect(to).toEqual(['ops@example.org']);
    expect(mail.messageId).toBe('<0123456789abcdef@example.org>');
    expect(mail.subject).toBe(message().subject);
    expect(mail.date?.getTime()).toBe(message().createdAtMs);
    expect(mail.text?.trim()).toBe('text part');
    expect(mail.html).toContain('<p>html part</p>');
    expect(mail.from?.value).toEqual([{ name: 'portcast', address: 'portcast@example.org' }]);
    expect(mail.headers.get('auto-submitted')).toBe('auto-generated');
    expect(mail.references).toMatch(/^<alert-[0-9a-f]{32}@example\.org>$/);
  });

  it.each(['starttls', 'tls'] as const)('logs in and sends over %s', async (security) => {
    const { port, mails } = await startMailServer(onTestFinished, { secure: security === 'tls', authOptional: false });
    const outcome = await sendMail({ port, security, ...LOGIN, allowSelfSigned: true });
    expect(outcome).toMatchObject({ ok: true });
    expect(mails).toMatchObject([{ user: 'portcast', secure: true }]);
  });

  it('reports a recipient that the server does not accept as refused for good', async () => {
    const { port, mails } = await startMailServer(onTestFinished);
    const accepted = await sendMail({ port });
    const refused = await sendMail({ port }, message({ recipient: 'nobody@example.org' }));
    expect(accepted).toMatchObject({ ok: true });
    expect(refused).toMatchObject({
      ok: false,
      retry: false,
      error: expect.stringContaining('refused the recipient nobody@example.org') as string,
    });
    expect(mails).toHaveLength(1);
  });

  it('ends a session that is under way when it is closed, and sends nothing after that', async () => {
    let markStarted = (): void => undefined;
    const started = new Promise<void>((resolve) => (markStarted = resolve));
    const server = await startBrokenServer(smtpDialogue({ mail: () => markStarted() }));
    onTestFinished(() => server.close());
    const channel = createEmailChannel(smtpOptions({ port: server.port, timeoutMs: 60_000 }));
    const sending = channel.send(message());
    await started;
    channel.close();
    expect(await sending).toMatchObject({ ok: false, retry: true });
    expect(await channel.send(message())).toMatchObject({ ok: false, retry: true, error: 'portcast is stopping' });
  });
});
