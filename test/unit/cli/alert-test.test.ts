/** Against a real SMTP server on loopback. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { simpleParser } from 'mailparser';
import { SMTPServer } from 'smtp-server';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { testIo } from '../../builders/cli.js';

let folder: string;
let server: SMTPServer | null = null;
let mails: string[];
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'portcast-alert-'));
  mails = [];
});
afterEach(async () => {
  await new Promise<void>((done) => (server === null ? done() : server.close(done)));
  server = null;
  rmSync(folder, { recursive: true });
});

/** Refuses recipients whose name starts with `no`. */
async function startServer(): Promise<number> {
  const smtp = new SMTPServer({
    disabledCommands: ['AUTH', 'STARTTLS'],
    onRcptTo(address, _session, done) {
      done(address.address.startsWith('no') ? Object.assign(new Error('no such user'), { responseCode: 550 }) : null);
    },
    onData(stream, _session, done) {
      let text = '';
      stream.on('data', (chunk: Buffer) => (text += chunk.toString()));
      stream.on('end', () => {
        mails.push(text);
        done();
      });
    },
  });
  server = smtp;
  await new Promise<void>((done) => smtp.listen(0, '127.0.0.1', done));
  return (smtp.server.address() as AddressInfo).port;
}

async function alertTest(port: number, to: string, security = 'none') {
  const config = join(folder, 'c.yaml');
  const smtp = `{ host: 127.0.0.1, port: ${port}, security: ${security}, timeout: 2s, name: web-1.example.org }`;
  writeFileSync(config, `host: { name: web-1 }\nmail:\n  smtp: ${smtp}\n  from: portcast@example.org\n  to: ${to}\n`);
  const io = testIo();
  return { code: await runCli(['alert', 'test', '--config', config], io), out: io.stdout(), err: io.stderr() };
}

describe('alert test', () => {
  it('sends a marked message to each recipient', async () => {
    const port = await startServer();
    const { code, out } = await alertTest(port, '[a@example.org, b@example.org]');
    expect(out).toMatch(/^a@example\.org: accepted \(250.*\)\nb@example\.org: accepted/);
    expect(out).toContain(`sent through 127.0.0.1:${port} (security none, no login)\n`);
    expect(code).toBe(0);
    expect(mails).toHaveLength(2);
    const mail = await simpleParser(mails[0] ?? '');
    expect(mail.subject).toMatch(/web-1.*test/i);
    expect(mail.from?.value).toEqual([{ name: 'portcast on web-1', address: 'portcast@example.org' }]);
  });

  it('prints the result of each, and fails when one was refused', async () => {
    const { code, out } = await alertTest(await startServer(), '[no@example.org, b@example.org]');
    expect(code).toBe(1);
    expect(out).toMatch(
      /^no@example\.org: failed: .*550.*; another attempt would fail as well\nb@example\.org: accepted/,
    );
    expect(mails).toHaveLength(1);
  });

  it('fails when no server answers, and says that a real alert would be sent again', async () => {
    const port = await startServer();
    await new Promise<void>((done) => (server === null ? done() : server.close(done)));
    server = null;
    const { code, out } = await alertTest(port, '[a@example.org]');
    expect(code).toBe(1);
    expect(out).toMatch(/^a@example\.org: failed: the mail server .*; a real alert would be sent again later\n/);
    expect(out).toContain(`tried 127.0.0.1:${port} (security none, no login)\n`);
  });

  it('says which setting to try where the port does not speak TLS', async () => {
    const port = await startServer();
    const { code, out } = await alertTest(port, '[a@example.org]', 'tls');
    expect(code).toBe(1);
    expect(out).toContain('this port does not speak TLS; try starttls (mail.smtp.security)');
    expect(out).not.toMatch(/openssl|SSL routines/i);
    const withoutTls = await alertTest(port, '[a@example.org]', 'starttls');
    expect(withoutTls.out).toContain('does not offer STARTTLS, which is required');
  });

  it('fails when no server is configured', async () => {
    const io = testIo();
    expect(await runCli(['alert', 'test'], io)).toBe(1);
    expect(io.stderr()).toBe(
      'portcast: no channel is configured (mail.smtp, webhook, slack, alertmanager, exec, syslog), so nothing can be sent\n',
    );
  });
});
