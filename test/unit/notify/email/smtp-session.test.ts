import type { Socket } from 'node:net';
import { describe, it } from 'vitest';
import { expectFailure, titled, type BrokenCase } from '../../../builders/broken-case.js';
import { smtpDialogue, startBrokenServer } from '../../../builders/broken-mail-server.js';
import { sendMail } from '../../../builders/mail-server.js';

const STEP_MS = 150;

const destroy = (socket: Socket): void => void socket.destroy();
const hang = (): void => undefined;
/** What follows is TLS: the random bytes in it may look like the end of a line. */
const fallSilent = (socket: Socket): void => {
  socket.removeAllListeners('data').resume().write('220 go on\r\n');
};
const trickle = (socket: Socket): void => {
  const timer = setInterval(() => socket.write('2'), STEP_MS / 3);
  socket.on('close', () => clearInterval(timer));
};

const GREETINGS: BrokenCase[] = [
  {
    title: 'a 421 greeting is tried again',
    handle: smtpDialogue({ greeting: '421 4.3.2 too busy' }),
    retry: true,
    error: /rejected the connection: 421 4\.3\.2 too busy/,
  },
  {
    title: 'a 554 greeting is tried again',
    handle: smtpDialogue({ greeting: '554 5.7.1 not you' }),
    retry: true,
    error: /rejected the connection: 554/,
  },
  {
    title: 'a greeting of another protocol is tried again',
    handle: smtpDialogue({ greeting: 'SSH-2.0-OpenSSH_9.2' }),
    retry: true,
    error: /is not a mail server: SSH-2\.0/,
  },
  {
    title: 'a close before the greeting is tried again',
    handle: destroy,
    retry: true,
    error: /closed the connection before the session was over/,
  },
  {
    title: 'an endless reply ends the session',
    handle: smtpDialogue({ ehlo: (socket) => void socket.write(`250-${'x'.repeat(100_000)}`) }),
    retry: true,
    error: /connection .*failed|rejected the/,
  },
  {
    title: 'plain text where TLS is expected is tried again',
    handle: smtpDialogue({}),
    retry: true,
    error: /TLS with the mail server .* failed: this port does not speak TLS; try starttls \(mail\.smtp\.security\)$/,
    options: { security: 'tls' },
  },
];

const REFUSALS: BrokenCase[] = [
  {
    title: '451 at MAIL is tried again',
    handle: smtpDialogue({ mail: '451 4.3.0 later' }),
    retry: true,
    error: /refused the sender portcast@example\.org: 451/,
  },
  {
    title: '550 at MAIL is tried again',
    handle: smtpDialogue({ mail: '550 5.7.1 sender not allowed' }),
    retry: true,
    error: /refused the sender portcast@example\.org: 550/,
  },
  {
    title: '450 at RCPT is tried again',
    handle: smtpDialogue({ rcpt: '450 4.2.0 greylisted' }),
    retry: true,
    error: /refused the recipient ops@example\.org: 450/,
  },
  {
    title: '550 at RCPT is final',
    handle: smtpDialogue({ rcpt: '550 5.1.1 unknown' }),
    retry: false,
    error: /refused the recipient ops@example\.org: 550/,
  },
  {
    title: '550 at RCPT that does not speak of the mailbox is tried again',
    handle: smtpDialogue({ rcpt: '550 no' }),
    retry: true,
    error: /refused the recipient ops@example\.org: 550 no/,
  },
  {
    title: 'denied relaying at RCPT is tried again',
    handle: smtpDialogue({ rcpt: '554 5.7.1 relay access denied' }),
    retry: true,
    error: /relay access denied/,
  },
  {
    title: '530 at RCPT is tried again',
    handle: smtpDialogue({ rcpt: '530 5.5.1 log in first' }),
    retry: true,
    error: /log in first/,
  },
  {
    title: 'a full mailbox (552 5.2.2) is tried again',
    handle: smtpDialogue({ rcpt: '552 5.2.2 mailbox full' }),
    retry: true,
    error: /mailbox full/,
  },
  {
    title: '451 at DATA is tried again',
    handle: smtpDialogue({ data: '451 4.3.0 later' }),
    retry: true,
    error: /refused the message to ops@example\.org: 451/,
  },
  {
    title: '554 at DATA is tried again',
    handle: smtpDialogue({ data: '554 no transaction' }),
    retry: true,
    error: /refused the message to ops@example\.org: 554/,
  },
  {
    title: '452 after the message is tried again',
    handle: smtpDialogue({ end: '452 4.3.1 disk full' }),
    retry: true,
    error: /refused the message to .*disk full/,
  },
  {
    title: '554 after the message is final',
    handle: smtpDialogue({ end: '554 5.6.0 content refused' }),
    retry: false,
    error: /refused the message to .*content refused/,
  },
  {
    title: '554 after the message that an operator can mend is tried again',
    handle: smtpDialogue({
      end: '554 5.2.252 SendAsDenied; portcast@example.org not allowed to send as x@example.org',
    }),
    retry: true,
    error: /refused the message to ops@example\.org: 554 5\.2\.252 SendAsDenied/,
  },
  {
    title: 'a message that is too long at MAIL is final',
    handle: smtpDialogue({ mail: '552 5.3.4 message size exceeds the limit' }),
    retry: false,
    error: /refused the message to ops@example\.org: 552/,
  },
  {
    title: 'a message longer than the server has announced is final',
    handle: smtpDialogue({ ehlo: '250-test\r\n250 SIZE 100' }),
    retry: false,
    error: /refused the message to ops@example\.org: Message size larger than allowed 100/,
  },
  {
    title: 'a close in the middle of the message is tried again',
    handle: smtpDialogue({ body: destroy }),
    retry: true,
    error: /closed the connection before the session was over/,
  },
];

const STALLS: BrokenCase[] = [
  {
    title: 'no reply after the message ends the session',
    handle: smtpDialogue({ end: null }),
    retry: true,
    error: /stopped answering for 150 ms/,
  },
  {
    title: 'no greeting ends the session',
    handle: hang,
    retry: true,
    error: /(did not get through its greeting within|stopped answering for) 150 ms; .*expects TLS.*, try tls/,
  },
  {
    title: 'a greeting of one byte now and then ends the session',
    handle: trickle,
    retry: true,
    error: /within 150 ms|was too slow/,
  },
  {
    title: 'a reply of one byte now and then ends the session',
    handle: smtpDialogue({ mail: trickle }),
    retry: true,
    error: /was too slow: the session was not over after 450 ms/,
  },
  {
    title: 'a TLS handshake that never finishes ends the session',
    handle: hang,
    retry: true,
    error: /TLS handshake\) within 150 ms/,
    options: { security: 'tls' },
  },
  {
    title: 'a TLS handshake after STARTTLS that never finishes ends the session',
    handle: smtpDialogue({ ehlo: '250-test\r\n250 STARTTLS', starttls: fallSilent }),
    retry: true,
    error: /(TLS handshake\)? within|stopped answering for) 150 ms/,
    options: { security: 'starttls' },
  },
];

describe('an SMTP session with a server that fails', () => {
  it.for(titled([...GREETINGS, ...REFUSALS]))('%s', ([, broken], context) => expectFailure(broken, context));

  it('that does not listen is tried again', async ({ expect }) => {
    const server = await startBrokenServer(hang);
    await server.close();
    expect(await sendMail({ port: server.port })).toEqual({
      ok: false,
      retry: true,
      error: `the mail server 127.0.0.1:${server.port} refuses connections: nothing listens there`,
    });
  });

  it('whose name does not exist is tried again', async ({ expect }) => {
    const error = 'the name of the mail server smtp.invalid:25 cannot be resolved';
    expect(await sendMail({ host: 'smtp.invalid', port: 25 })).toMatchObject({
      ok: false,
      retry: true,
      error: expect.stringContaining(error) as string,
    });
  });
});

describe.concurrent('an SMTP session with a server that stalls', () => {
  it.for(titled(STALLS))('%s', ([, broken], context) =>
    expectFailure({ ...broken, options: { timeoutMs: STEP_MS, ...broken.options } }, context),
  );
});
