import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { createEmailChannel } from '../../../../daemon/notify/email/email-channel.js';
import { createKeptSession } from '../../../../daemon/notify/email/kept-session.js';
import type { SmtpFailure } from '../../../../daemon/notify/email/smtp-failure.js';
import type { SmtpOptions, SmtpSession } from '../../../../daemon/notify/email/smtp-session.js';
import { smtpDialogue, startBrokenServer } from '../../../builders/broken-mail-server.js';
import { createTestDial } from '../../../builders/dial.js';
import { LOGIN, smtpOptions, startMailServer } from '../../../builders/mail-server.js';
import { message } from '../../../builders/messages.js';

interface FakeSession extends SmtpSession {
  noops: number;
  quits: number;
  opened: (failure: SmtpFailure | null) => void;
}

/** A session whose opening and NOOP end as the test says. */
function fakeSession(noopFailure: () => SmtpFailure | null): FakeSession {
  let open = true;
  let opened: FakeSession['opened'] = () => undefined;
  const opening = new Promise<SmtpFailure | null>((resolve) => (opened = resolve));
  const session: FakeSession = {
    noops: 0,
    quits: 0,
    opened,
    open: () => opening,
    send: () => Promise.resolve({ ok: true, response: '250' }),
    noop() {
      session.noops += 1;
      return Promise.resolve(noopFailure());
    },
    get isOpen() {
      return open;
    },
    rest: () => undefined,
    accepted: 0,
    abort: () => (open = false),
    quit() {
      session.quits += 1;
      open = false;
    },
  };
  return session;
}

function openKept() {
  const sessions: FakeSession[] = [];
  let noopFailure: SmtpFailure | null = null;
  const kept = createKeptSession({
    timeoutMs: 20_000,
    open() {
      const session = fakeSession(() => noopFailure);
      sessions.push(session);
      return session;
    },
  });
  return { kept, sessions, failNoops: (failure: SmtpFailure) => (noopFailure = failure) };
}

describe('the session that is opened ahead', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** As the daemon does while a pool is half full. */
  const stayWarm = async (kept: { warm(): void }, seconds: number): Promise<void> => {
    for (let second = 0; second < seconds; second += 2) {
      kept.warm();
      await vi.advanceTimersByTimeAsync(2000);
    }
  };

  it('is kept with one NOOP a minute as long as there may be something to tell, then it ends', async () => {
    const { kept, sessions } = openKept();
    kept.warm();
    sessions[0]?.opened(null);
    await stayWarm(kept, 600);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.noops).toBeGreaterThanOrEqual(10);
    expect(sessions[0]?.noops).toBeLessThanOrEqual(11);
    expect(sessions[0]?.quits).toBe(0);
    await vi.advanceTimersByTimeAsync(180_000);
    expect(sessions[0]?.quits).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it('is taken by a message, also while it is opening', async () => {
    const { kept, sessions } = openKept();
    kept.warm();
    const taken = kept.take();
    expect(taken).toBe(sessions[0]);
    sessions[0]?.opened(null);
    await vi.advanceTimersByTimeAsync(1);
    // The message is handed over meanwhile: no NOOP may come in between.
    expect(sessions[0]?.noops).toBe(0);
    if (taken !== null) kept.keep(taken);
    await stayWarm(kept, 58);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ noops: 0, quits: 0 });
    await stayWarm(kept, 4);
    expect(sessions[0]).toMatchObject({ noops: 1, quits: 0 });
  });

  it('is tried once a minute where the server cannot be reached', async () => {
    const { kept, sessions } = openKept();
    for (let second = 0; second < 300; second += 2) {
      kept.warm();
      sessions.at(-1)?.abort({ message: 'refused' });
      sessions.at(-1)?.opened({ code: 'ESOCKET', message: 'refused' });
      await vi.advanceTimersByTimeAsync(2000);
    }
    expect(sessions).toHaveLength(5);
  });

  it('is opened again when the server has closed it, at most once a minute', async () => {
    const { kept, sessions } = openKept();
    kept.warm();
    sessions[0]?.opened(null);
    await stayWarm(kept, 30);
    sessions[0]?.abort({ message: 'idle for too long' });
    await stayWarm(kept, 90);
    expect(sessions).toHaveLength(2);
  });

  it('is not kept with a server that refuses NOOP', async () => {
    const { kept, sessions, failNoops } = openKept();
    failNoops({ message: '502 not implemented', responseCode: 502 });
    kept.warm();
    sessions[0]?.opened(null);
    await stayWarm(kept, 600);
    expect(sessions).toHaveLength(1);
    expect(sessions[0]).toMatchObject({ noops: 1, quits: 1 });
  });

  it('ends with the channel', async () => {
    const { kept, sessions } = openKept();
    kept.warm();
    sessions[0]?.opened(null);
    await vi.advanceTimersByTimeAsync(1);
    kept.close();
    expect(sessions[0]?.quits).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('the e-mail channel', () => {
  const openChannel = (changes: Partial<SmtpOptions>) => {
    const channel = createEmailChannel(smtpOptions(changes), createTestDial());
    onTestFinished(() => channel.close());
    return channel;
  };
  const startDialogue = async (replies: Parameters<typeof smtpDialogue>[0], onSocket?: (socket: Socket) => void) => {
    const server = await startBrokenServer((socket) => {
      onSocket?.(socket);
      smtpDialogue(replies)(socket);
    });
    onTestFinished(() => server.close());
    return server;
  };

  it.each(['none', 'starttls', 'tls'] as const)(
    'sends through a session that was opened ahead (%s)',
    async (security) => {
      let connections = 0;
      const { port, mails } = await startMailServer(onTestFinished, {
        secure: security === 'tls',
        onConnect(_session, done) {
          connections += 1;
          done();
        },
      });
      const login = security === 'none' ? {} : LOGIN;
      const channel = openChannel({ port, security, ...login, allowSelfSigned: true, timeoutMs: 1000 });
      channel.warm();
      // Longer than the server may be silent during a step.
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(connections).toBe(1);
      expect(await channel.send(message())).toMatchObject({ ok: true });
      await new Promise((resolve) => setTimeout(resolve, 1500));
      expect(await channel.send(message({ messageId: 'second@example.org' }))).toMatchObject({ ok: true });
      expect(mails).toHaveLength(2);
      expect(connections).toBe(1);
    },
  );

  it('ends the step at the time limit in such a session too', async () => {
    const server = await startDialogue({ mail: null });
    const channel = openChannel({ port: server.port, timeoutMs: 200 });
    channel.warm();
    await new Promise((resolve) => setTimeout(resolve, 400));
    const outcome = await channel.send(message());
    expect(outcome).toMatchObject({
      ok: false,
      error: expect.stringContaining('stopped answering for 200 ms') as string,
    });
  });

  it('tests itself without sending: it connects, begins TLS and logs in', async () => {
    const { port, mails } = await startMailServer(onTestFinished, { authOptional: false });
    const channel = openChannel({ port, security: 'starttls', ...LOGIN, allowSelfSigned: true });
    expect(await channel.selfTest()).toEqual({ ok: true, response: 'logged in as portcast' });
    expect(mails).toEqual([]);
    const wrong = openChannel({ port, security: 'starttls', ...LOGIN, password: 'wrong', allowSelfSigned: true });
    expect(await wrong.selfTest()).toMatchObject({
      ok: false,
      error: expect.stringContaining('refused the login') as string,
    });
    const nobody = openChannel({ port: 1 });
    expect(await nobody.selfTest()).toMatchObject({
      ok: false,
      error: 'the mail server 127.0.0.1:1 refuses connections: nothing listens there',
    });
  });

  it('ends the session of its test with QUIT, so that the server closes first', async () => {
    const server = await startDialogue({});
    expect(await openChannel({ port: server.port }).selfTest()).toEqual({ ok: true, response: 'connected' });
    await vi.waitFor(() => expect(server.received()).toMatch(/^EHLO \S+\r\nQUIT\r\n$/));
  });
});
