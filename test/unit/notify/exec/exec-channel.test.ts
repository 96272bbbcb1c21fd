/** With real scripts. */
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createExecChannel } from '../../../../daemon/notify/exec/exec-channel.js';
import { documentedMessages } from '../../../builders/documented-messages.js';
import { readDocument } from '../../../builders/notification-schema.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portcast-exec-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const [MESSAGE] = documentedMessages({ recipient: 'exec' });

function writeScript(body: string): string {
  const file = join(folder, 'script');
  writeFileSync(file, `#!/bin/sh\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}

function run(body: string, { args = [] as string[], timeoutMs = 10_000 } = {}) {
  return createExecChannel({ command: [writeScript(body), ...args], timeoutMs }).send(MESSAGE);
}

const isAlive = (pid: number): boolean => {
  try {
    // A process that nobody has waited for still has a pid.
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'));
  } catch {
    return false;
  }
};

async function waitUntil(holds: () => boolean): Promise<void> {
  for (let waited = 0; waited < 500 && !holds(); waited++) await new Promise((resolve) => setTimeout(resolve, 10));
  expect(holds()).toBe(true);
}

describe('the command', () => {
  it('is tested without being run', async () => {
    const program = writeScript(`touch ${folder}/ran`);
    const test = () => createExecChannel({ command: [program], timeoutMs: 1000 }).selfTest?.();
    expect(await test()).toEqual({ ok: true, response: 'may be run' });
    rmSync(program);
    expect(await test()).toMatchObject({
      ok: false,
      retry: true,
      error: expect.stringContaining('cannot be run') as string,
    });
    expect(existsSync(join(folder, 'ran'))).toBe(false);
  });

  it('gets the document on its standard input, its arguments as they are, and a small environment', async () => {
    const args = ['a b', '$(touch x)', '; true'];
    const body = `cat > ${folder}/in; for word in "$@"; do echo "$word" >> ${folder}/args; done; env | sort > ${folder}/env; echo done`;
    expect(await run(body, { args })).toEqual({ ok: true, response: 'exit status 0: done' });
    const input = readFileSync(join(folder, 'in'), 'utf8');
    expect(input).toBe(MESSAGE.document);
    expect(readFileSync(join(folder, 'args'), 'utf8')).toBe(`${args.join('\n')}\n`);
    const names = readFileSync(join(folder, 'env'), 'utf8')
      .split('\n')
      .map((line) => line.split('=')[0]);
    const own = ['INCIDENT_ID', 'KIND', 'MESSAGE_ID', 'SEVERITY', 'STATE'].map((name) => `PORTCAST_${name}`);
    expect(names.filter((name) => name !== '' && !['_', 'PWD', 'SHLVL', 'OLDPWD'].includes(name ?? ''))).toEqual([
      'LANG',
      'PATH',
      ...own,
    ]);
  });

  it.each([
    [1, 'ended with exit status 1: no'],
    [75, 'ended with exit status 75 (try again later): no'],
    [127, 'ended with exit status 127: no'],
  ])('is tried again after the exit status %i', async (code, words) => {
    const outcome = await run(`echo no >&2; exit ${code}`);
    expect(outcome).toMatchObject({ ok: false, retry: true });
    expect(outcome).toHaveProperty('error', `${join(folder, 'script')} ${words}`);
  });

  it('is tried again where a signal ends it', async () => {
    expect(await run('kill -SEGV $$')).toMatchObject({
      retry: true,
      error: expect.stringContaining('was ended by SIGSEGV') as string,
    });
  });

  it('is killed at its time limit, with its children', async () => {
    const outcome = await run(`sleep 1000 & echo $! > ${folder}/child; echo waiting; sleep 1000`, { timeoutMs: 500 });
    const error = `${join(folder, 'script')} was killed after 500 ms: waiting`;
    expect(outcome).toEqual({ ok: false, retry: true, error });
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await waitUntil(() => !isAlive(child));
  });

  it('is not waited for by what it leaves behind, which ends with it', async () => {
    const outcome = await run(`sleep 1000 & echo $! > ${folder}/child; exit 0`);
    expect(outcome.ok).toBe(true);
    const child = Number(readFileSync(join(folder, 'child'), 'utf8'));
    await waitUntil(() => !isAlive(child));
  });

  it('need not read its input, however long that is', async () => {
    const message = { ...MESSAGE, document: JSON.stringify({ text: 'x'.repeat(2 ** 20) }) };
    const channel = createExecChannel({ command: [writeScript('exec 0<&-; exit 0')], timeoutMs: 10_000 });
    for (let round = 0; round < 5; round++) expect(await channel.send(message)).toMatchObject({ ok: true });
  });

  it('may print as much as it likes, of which little is kept, without what a terminal obeys', async () => {
    const outcome = await run(`head -c 20000000 /dev/zero | tr '\\0' '\\033'; exit 3`);
    expect(outcome).toMatchObject({ ok: false, retry: true });
    const error = outcome.ok ? '' : outcome.error;
    expect(error.length).toBeLessThan(400);
    expect(error).not.toMatch(/\p{Cc}/u);
  });

  it.each([
    ['is not there', () => '/nonexistent/script', 'ENOENT'],
    ['may not be executed', () => (chmodSync(writeScript(''), 0o644), join(folder, 'script')), 'EACCES'],
    ['is a folder', () => folder, 'EACCES'],
  ])('is tried again where it %s', async (_what, command, code) => {
    const outcome = await createExecChannel({ command: [command()], timeoutMs: 1000 }).send(MESSAGE);
    expect(outcome).toMatchObject({ ok: false, retry: true, error: expect.stringContaining(code) as string });
  });

  it('is ended when the daemon stops', async () => {
    const channel = createExecChannel({
      command: [writeScript(`echo $$ > ${folder}/pid; sleep 1000`)],
      timeoutMs: 60_000,
    });
    const sending = channel.send(MESSAGE);
    await waitUntil(() => existsSync(join(folder, 'pid')) && readFileSync(join(folder, 'pid'), 'utf8').endsWith('\n'));
    channel.close();
    expect(await sending).toMatchObject({ ok: false, retry: true });
  });
});

it('has no string of the host in its environment and its arguments, and all of them in the document', async () => {
  const file = writeScript(
    `cat > ${folder}/in; tr '\\0' '\\n' < /proc/$$/environ > ${folder}/env; tr '\\0' '\\n' < /proc/$$/cmdline >> ${folder}/env`,
  );
  const channel = createExecChannel({ command: [file], timeoutMs: 10_000 });
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'binary', maxLength: 20 }), async (text) => {
      const mark = `m4rk${text}`;
      const options = { hostName: mark, processes: [mark], destination: mark, advice: mark };
      const [message] = documentedMessages({ ...options, recipient: 'exec' });
      expect(await channel.send(message)).toMatchObject({ ok: true });
      expect(readFileSync(join(folder, 'env'), 'utf8')).not.toContain('m4rk');
      expect(readDocument({ document: readFileSync(join(folder, 'in'), 'utf8') }).host).toContain('m4rk');
    }),
    { numRuns: 25 },
  );
});
