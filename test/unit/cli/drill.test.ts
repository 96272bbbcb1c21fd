/** The synthetic drill through the real chain, against a real SMTP server. The drill with real ports is in the lab. */
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import type { DrillReport } from '../../../daemon/drill/report.js';
import { testIo } from '../../builders/cli.js';
import { createTempFolder } from '../../builders/stores.js';
import { startMailServer } from '../../builders/mail-server.js';

async function setUp(to: string) {
  const mail = await startMailServer(onTestFinished);
  const folder = mkdtempSync(join(tmpdir(), 'portcast-test-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const { TMPDIR } = process.env;
  process.env['TMPDIR'] = temporary;
  onTestFinished(() => {
    if (TMPDIR === undefined) delete process.env['TMPDIR'];
    else process.env['TMPDIR'] = TMPDIR;
  });
  const file = join(folder, 'c.yaml');
  const smtp = `{ host: 127.0.0.1, port: ${mail.port}, security: none, timeout: 2s }`;
  writeFileSync(
    file,
    `host: { name: web-1 }\nstore: { file: ${join(folder, 'portcast.db')} }\nmail:\n  smtp: ${smtp}\n  from: portcast@example.org\n  to: ${to}\n`,
  );
  const io = testIo();
  const drill = async (...args: string[]) => {
    const code = await runCli(['drill', '--synthetic', '--config', file, ...args], io);
    return { code, out: io.stdout(), err: io.stderr() };
  };
  /** What the drill has left behind. */
  const leftovers = () => [...readdirSync(temporary), ...readdirSync(folder).filter((name) => name.includes('.db'))];
  return { drill, io, mails: mail.mails, leftovers };
}

describe('drill --synthetic', () => {
  it('warns before the first connect fails, tells the end, and marks both messages', async () => {
    const { drill, mails, leftovers } = await setUp('[a@example.org, b@example.org]');
    const { code, out, err } = await drill('--json');
    expect(err).toBe('');
    const report = JSON.parse(out) as DrillReport & { synthetic: boolean };
    expect(report.steps.map(({ step, held }) => `${held} ${step}`)).toEqual([
      'true ports are being burnt',
      'true first forecast of an exhaustion',
      'true alert fired',
      'true warning accepted for a@example.org',
      'true warning accepted for b@example.org',
      'true first connect failed, after the alert',
      'true alert resolved',
      'true end accepted for a@example.org',
      'true end accepted for b@example.org',
    ]);
    expect(report).toMatchObject({ held: true, synthetic: true });
    expect(code).toBe(0);
    const seconds = report.steps.map(({ secondsSinceStart }) => secondsSinceStart ?? NaN);
    expect(seconds).toEqual([...seconds].sort((a, b) => a - b));
    expect(
      mails.map(({ mail, to }) => `${to[0]} ${/^\[portcast DRILL, [A-Z]+/.exec(mail.subject ?? '')?.[0]}`),
    ).toEqual([
      'a@example.org [portcast DRILL, CRITICAL',
      'b@example.org [portcast DRILL, CRITICAL',
      'a@example.org [portcast DRILL, RESOLVED',
      'b@example.org [portcast DRILL, RESOLVED',
    ]);
    for (const { mail } of mails) {
      expect(mail.text).toContain('This is a drill, started by portcast drill');
      expect(mail.html).toContain('This is a drill, started by portcast drill');
      expect(mail.text).toContain('192.0.2.2:7000');
    }
    expect(new Set(mails.map(({ mail }) => mail.messageId)).size).toBe(4);
    expect(leftovers()).toEqual([]);
  });

  it('fails when one recipient is refused, with the words of the server', async () => {
    const { drill, leftovers } = await setUp('[nobody@example.org, b@example.org]');
    const { code, out } = await drill();
    expect(out).toMatch(/FAILED +never {2}warning accepted for nobody@example\.org +.*no such user/);
    expect(out).toMatch(/FAILED +never {2}end accepted for nobody@example\.org/);
    expect(out).toMatch(/ok .*end accepted for b@example\.org/);
    expect(out).toContain('The chain does not hold.');
    expect(out).toContain('The alert and the incident end after 5 s of quiet each');
    expect(code).toBe(1);
    expect(leftovers()).toEqual([]);
  });

  it('prints the messages with --no-send', async () => {
    const { drill, mails } = await setUp('[a@example.org]');
    const { code, out } = await drill('--no-send');
    expect(code).toBe(0);
    expect(out).toMatch(
      /To: a@example\.org\nSubject: \[portcast DRILL, CRITICAL, full in .*\] web-1: ports to 192\.0\.2\.2:7000/,
    );
    expect(out).toContain('Every step held.');
    expect(mails).toEqual([]);
  });

  it('ends at the time limit, and when it is interrupted, and leaves nothing behind', async () => {
    const { drill, io, leftovers } = await setUp('[a@example.org]');
    const limited = await drill('--time-limit', '20s');
    expect(limited.code).toBe(1);
    expect(limited.out).toMatch(/FAILED +never {2}alert resolved/);
    io.abort();
    const interrupted = await drill();
    expect(interrupted.code).toBe(1);
    expect(interrupted.out).toContain('The drill was interrupted.');
    expect(leftovers()).toEqual([]);
  });

  it('says what to do without a channel', async () => {
    const io = testIo();
    expect(await runCli(['drill', '--synthetic'], io)).toBe(1);
    expect(io.stderr()).toContain(
      'no channel is configured (mail.smtp, webhook, slack, exec, syslog); --no-send runs the drill without sending',
    );
    expect(await runCli(['drill', '--time-limit', 'soon'], io)).toBe(2);
  });

  it('refuses a configuration in which nobody would be told', async () => {
    const file = join(createTempFolder(), 'c.yaml');
    writeFileSync(file, 'webhook: { url: "http://127.0.0.1:1/x", severities: [warning] }\n');
    const io = testIo();
    expect(await runCli(['drill', '--synthetic', '--no-send', '--config', file], io)).toBe(1);
    expect(io.stderr()).toContain('nobody is told of critical incidents');
  });

  it('never burns ports outside a namespace of its own', async () => {
    const io = testIo();
    expect(await runCli(['drill-agent'], io)).toBe(2);
    expect(io.stderr()).toContain('started by portcast drill only');
    const { openBurner, readNamespace } = await import('../../../daemon/drill/burner.js');
    for (const namespace of ['', readNamespace()]) {
      await expect(openBurner(namespace, () => undefined)).rejects.toThrow('only in a network namespace of its own');
    }
  });
});
