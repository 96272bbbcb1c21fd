import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { runCli } from '../../../daemon/cli/program.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { messageOf } from '../../../daemon/errors.js';
import { testIo } from '../../builders/cli.js';

function write(yaml: string): string {
  const folder = mkdtempSync(join(tmpdir(), 'portcast-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'c.yaml');
  writeFileSync(file, yaml);
  return file;
}

function load(yaml: string) {
  return loadConfig({ env: {}, cwd: '/nonexistent', file: write(yaml) });
}

const MAIL = 'mail: { smtp: { host: mail.example.org }, from: portcast@example.org';

function failure(yaml: string): string {
  try {
    load(yaml);
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('the configuration was accepted');
}

describe('the heartbeat and the weekly report', () => {
  it('are off by default, and have defaults once they are on', () => {
    expect(load('').config).toMatchObject({ heartbeat: null, reports: { weekly: null } });
    const yaml = 'reports: { weekly: {} }\nheartbeat: { url: "https://hc.example.org/ping/1" }\n';
    expect(load(yaml).config).toMatchObject({
      heartbeat: { url: 'https://hc.example.org/ping/1', everyMs: 60_000 },
      reports: { weekly: { at: '0 8 * * 1', timeZone: null } },
    });
  });

  it.each([
    ['reports: { weekly: {} }', ['reports: weekly is set, but no mail is configured, so no report is sent']],
    [
      `reports: { weekly: {} }\n${MAIL}, toBySeverity: { critical: [pager@example.org] } }`,
      ['reports: weekly is set, but mail.to names nobody, so no report is sent'],
    ],
    [`reports: { weekly: {} }\n${MAIL}, to: [ops@example.org] }`, []],
    ['', []],
  ])('warns of a report that nobody gets: %j', (yaml, warnings) => {
    expect(load(yaml).warnings).toEqual(warnings);
  });

  it.each([
    ['heartbeat: { url: "ftp://s3cretHost-1x/" }', /heartbeat\.url: found .*; allowed an http or https URL/],
    ['heartbeat: { url: "https://u:p@hc.example.org/" }', /heartbeat\.url: found .*without a login/],
    [
      'heartbeat: { url: "https://hc.example.org/", every: 1s }',
      /heartbeat\.every: found "1s"; allowed from 10s to 1h/,
    ],
    ['reports: { weekly: { at: "0 8 * *" } }', /reports\.weekly\.at: found .*; allowed five cron fields/],
    ['reports: { weekly: { at: "0 25 * * 1" } }', /reports\.weekly\.at: found .*; allowed five cron fields/],
    ['reports: { weekly: { at: "0-99999999 8 * * 1" } }', /reports\.weekly\.at: .*one or two digits/],
    [
      'reports: { weekly: { timeZone: Mars/Base } }',
      /reports\.weekly\.timeZone: found .*; allowed the IANA name of a time zone/,
    ],
  ])('refuses %s', (yaml, error) => {
    const message = failure(yaml);
    expect(message).toMatch(error);
    expect(message).not.toMatch(/s3cret|u:p@/);
  });
});

it('config show masks the URL of the heartbeat, which is a secret', async () => {
  const file = write('heartbeat: { url: "https://hc.example.org/ping/0a1b2c3d" }\n');
  for (const args of [[], ['--json']]) {
    const io = testIo();
    expect(await runCli(['config', 'show', '--config', file, ...args], io)).toBe(0);
    expect(io.stdout()).toContain('https://hc.example.org/***');
    expect(io.stdout()).not.toContain('0a1b2c3d');
  }
});
