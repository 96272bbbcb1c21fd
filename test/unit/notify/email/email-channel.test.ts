import { describe, expect, it, onTestFinished } from 'vitest';
import { createEmailChannel } from '../../../../daemon/notify/email/email-channel.js';
import { smtpDialogue, startBrokenServer } from '../../../builders/broken-mail-server.js';
import { createTestDial } from '../../../builders/dial.js';
import { LOGIN, sendMail, smtpOptions, startMailServer } from '../../../builders/mail-server.js';
import { PICTURE_CID, PICTURE_END, PICTURE_MARK } from '../../../../daemon/notify/message/picture/embed.js';
import { message } from '../../../builders/messages.js';
import { requireValue } from '../../../builders/require-value.js';

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
    expect(mail.inReplyTo).toBe(mail.references);
  });

  it('gives all messages of an incident one parent and one conversation, whoever they go to', async () => {
    const { port, mails } = await startMailServer(onTestFinished);
    const about = { incidentId: 'incident_1', picture: null };
    const subjects = ['[portcast WARNING, full in 9 min] web-1: x', '[portcast RESOLVED, was out for 9 s] web-1: x'];
    await sendMail({ port }, message({ ...about, subject: requireValue(subjects[0]) }));
    await sendMail({ port }, message({ ...about, subject: requireValue(subjects[1]), recipient: 'b@example.org' }));
    await sendMail({ port }, message({ incidentId: 'incident_2' }));
    const threads = mails.map(({ mail }) => ({
      references: mail.references,
      inReplyTo: mail.inReplyTo,
      topic: mail.headers.get('thread-topic'),
      index: mail.headers.get('thread-index'),
    }));
    const [first, second, other] = threads;
    expect(second).toEqual(first);
    expect(first?.topic).toBe('web-1: x');
    expect(Buffer.from(first?.index as string, 'base64')).toHaveLength(22);
    expect(other?.references).not.toBe(first?.references);
    expect(other?.index).not.toBe(first?.index);
  });

  it('puts the picture into the mail, and sends the mail without it where it cannot be drawn', async () => {
    const { port, mails } = await startMailServer(onTestFinished);
    const html = `<p>a</p>${PICTURE_MARK}<img src="cid:${PICTURE_CID}">${PICTURE_END}<p>b</p>`;
    const png = Buffer.from('a picture');
    const sendWith = async (drawn: Buffer | null, picture: string | null) => {
      const channel = createEmailChannel(smtpOptions({ port }), createTestDial(), {
        draw: () => Promise.resolve(drawn),
      });
      expect(await channel.send(message({ html, picture }))).toMatchObject({ ok: true });
      channel.close();
      return mails.at(-1)?.mail ?? expect.unreachable();
    };
    const { attachments } = await sendWith(png, '<svg/>');
    expect(attachments).toMatchObject([{ contentType: 'image/png', cid: PICTURE_CID, content: png, related: true }]);
    for (const mail of [await sendWith(null, '<svg/>'), await sendWith(png, null)]) {
      expect(mail.attachments).toEqual([]);
      expect(mail.html).not.toContain('img');
      expect(mail.html).toMatch(/<p>a<\/p><p>b<\/p>/);
    }
  });

  it('lets no text become a header', async () => {
    const { port, mails } = await startMailServer(onTestFinished);
    const subject = '[portcast CRITICAL, x\r\nBcc: evil@x.y] web-1\r\nX-Evil: 1: ports\r\n\r\nbody';
    await sendMail({ port }, message({ subject, incidentId: 'a\r\nX-Evil: 1' }));
    const { mail, to } = mails[0] ?? expect.unreachable();
    expect(to).toEqual(['ops@example.org']);
    expect([...mail.headers.keys()].filter((name) => /evil|bcc/.test(name))).toEqual([]);
    expect(mail.text?.trim()).toBe('text part');
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
    const channel = createEmailChannel(smtpOptions({ port: server.port, timeoutMs: 60_000 }), createTestDial());
    const sending = channel.send(message());
    await started;
    channel.close();
    expect(await sending).toMatchObject({ ok: false, retry: true });
    expect(await channel.send(message())).toMatchObject({ ok: false, retry: true, error: 'portcast is stopping' });
  });
});
