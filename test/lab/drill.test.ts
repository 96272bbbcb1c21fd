/** `portcast drill` as root: ports of a namespace of its own really run out, and a real mail server outside gets the messages. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, type TestContext } from 'vitest';
import type { DrillReport } from '../../daemon/drill/report.js';
import { PACKAGE_ROOT } from '../../daemon/paths.js';
import { startMailServer } from '../builders/mail-server.js';
import { writeMailConfig } from './namespaces.js';

const MAIN_FILE = join(PACKAGE_ROOT, 'dist', 'daemon', 'main.js');
const RANGE = '/proc/sys/net/ipv4/ip_local_port_range';

async function startDrill({ onTestFinished }: Pick<TestContext, 'onTestFinished'>, ...args: string[]) {
  const mail = await startMailServer(onTestFinished);
  const folder = mkdtempSync(join(tmpdir(), 'portcast-lab-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  const config = join(folder, 'config.yaml');
  writeMailConfig(config, mail.port);
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  const child = spawn(process.execPath, [MAIN_FILE, 'drill', '--config', config, ...args], {
    env: { ...process.env, TMPDIR: temporary },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let out = '';
  child.stdout.on('data', (chunk: Buffer) => (out += chunk.toString()));
  const ended = once(child, 'exit') as Promise<[number | null]>;
  return { child, mails: mail.mails, ended, out: () => out, leftovers: () => readdirSync(temporary) };
}

/** The agent of a drill: its only child. */
async function findAgent({ pid }: ChildProcess): Promise<number> {
  const file = `/proc/${pid}/task/${pid}/children`;
  await expect.poll(() => readFileSync(file, 'utf8').trim(), { timeout: 20_000 }).not.toBe('');
  return Number(readFileSync(file, 'utf8').trim().split(' ')[0]);
}

describe.concurrent('drill', () => {
  it('burns real ports: the warning comes before the first failed connect, the end after it', async (context) => {
    const range = readFileSync(RANGE, 'utf8');
    const { mails, ended, out, leftovers } = await startDrill(context, '--json');
    const [code] = await ended;
    const report = JSON.parse(out()) as DrillReport & { synthetic: boolean };
    console.log(report.steps.map(({ step, secondsSinceStart, detail }) => `${secondsSinceStart} s ${step}: ${detail}`));
    expect(report).toMatchObject({ held: true, synthetic: false });
    expect(report.steps.every(({ held }) => held)).toBe(true);
    expect(code).toBe(0);
    expect(mails.map(({ mail }) => mail.subject)).toEqual([
      expect.stringMatching(/^\[portcast DRILL, CRITICAL, full in .*\] .*: ports to 192\.0\.2\.2:7000/),
      expect.stringMatching(/^\[portcast DRILL, RESOLVED, .*\] .*: ports to 192\.0\.2\.2:7000/),
    ]);
    expect(leftovers()).toEqual([]);
    expect(readFileSync(RANGE, 'utf8')).toBe(range);
  });

  it.for(['SIGINT', 'SIGKILL'] as const)('leaves no process behind after %s', async (signal, context) => {
    const { child, ended, leftovers } = await startDrill(context);
    const agent = await findAgent(child);
    child.kill(signal);
    const [code] = await ended;
    if (signal === 'SIGINT') {
      expect(code).toBe(1);
      expect(leftovers()).toEqual([]);
    }
    await expect.poll(() => existsSync(`/proc/${agent}`), { timeout: 20_000 }).toBe(false);
  });
});
