import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { listChannelViews, listRecipients } from '../../../daemon/app/channel-options.js';
import { runCli } from '../../../daemon/cli/program.js';
import { loadConfig } from '../../../daemon/config/load.js';
import { messageOf } from '../../../daemon/errors.js';
import { testIo } from '../../builders/cli.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portcast-channels-'))));
afterEach(() => rmSync(folder, { recursive: true }));

function write(name: string, text: string, mode = 0o600): string {
  const file = join(folder, name);
  writeFileSync(file, text);
  chmodSync(file, mode);
  return file;
}

function load(yaml: string, env: Record<string, string> = {}) {
  return loadConfig({ file: write('c.yaml', yaml), env, cwd: folder });
}

function refusal(yaml: string, env: Record<string, string> = {}): string {
  try {
    load(yaml, env);
  } catch (error) {
    return messageOf(error);
  }
  throw new Error('the configuration was accepted');
}

describe('the channels of a configuration', () => {
  it('are off by default', () => {
    const { config, warnings } = load('');
    expect(listRecipients(config)).toEqual([]);
    expect(listChannelViews(config)).toEqual([]);
    expect(warnings).toEqual([]);
  });

  it('are read with their secrets, of which the status shows nothing', () => {
    const secret = write('secret', 'k3yk3yk3y\n');
    const { config } = load(
      [
        `webhook: { url: "https://hooks.example.org/a/p4thp4th", secretFile: ${secret}, severities: [critical] }`,
        'slack: { urlEnv: SLACK_URL }',
        'alertmanager: { urls: ["http://127.0.0.1:9093"], user: u, passwordEnv: AM_PASSWORD }',
        'exec: { command: [/bin/true, x] }',
        'syslog: { target: "tcp://log.example.org:6514" }',
      ].join('\n'),
      { SLACK_URL: 'https://hooks.slack.example.org/services/T0/s1acks1ack', AM_PASSWORD: 'pässw0rd' },
    );
    expect(config.webhook).toMatchObject({ secret: 'k3yk3yk3y', timeoutMs: 10_000 });
    const login = `Basic ${Buffer.from('u:pässw0rd').toString('base64')}`;
    expect(config.alertmanager?.targets).toMatchObject([{ headers: { Authorization: login } }]);
    expect(listRecipients(config).map(({ name, severities }) => [name, severities.length])).toEqual([
      ['webhook', 1],
      ['slack', 3],
      ['exec', 3],
      ['syslog', 3],
    ]);
    expect(listChannelViews(config).map(({ name, target }) => `${name} ${target}`)).toEqual([
      'webhook https://hooks.example.org',
      'slack https://hooks.slack.example.org',
      'exec /bin/true',
      'syslog tcp://log.example.org:6514',
      'alertmanager http://127.0.0.1:9093',
    ]);
  });

  it('have recipients of mail by severity; one of mail.to is told of everything once', () => {
    const { config } = load(
      'mail: { smtp: { host: h.example.org }, from: a@example.org, to: [ops@example.org], ' +
        'toBySeverity: { critical: [OPS@example.org, pager@example.org], warning: [pager@example.org, dev@example.org] } }',
    );
    expect(listRecipients(config)).toEqual([
      { name: 'ops@example.org', severities: ['critical', 'warning', 'info'] },
      { name: 'pager@example.org', severities: ['critical', 'warning'] },
      { name: 'dev@example.org', severities: ['warning'] },
    ]);
  });

  it.each([
    ['webhook: { url: "ftp://x.example.org/s3cret" }', /webhook\.url: .*allowed an http or https URL/],
    ['webhook: { url: "https://u:s3cret@x.example.org/" }', /without a login: send that as a header/],
    ['webhook: {}', /webhook\.url: .*one of url, urlFile and urlEnv/],
    ['webhook: { url: "https://x.example.org/", urlEnv: X }', /one of url, urlFile and urlEnv/],
    [
      'webhook: { url: "https://x.example.org/", secretFile: /x/y, secretEnv: X }',
      /only one of secretFile and secretEnv/,
    ],
    [
      'webhook: { url: "https://x.example.org/", headers: { X-A: "a\\r\\nB: s3cret" } }',
      /headers: .*one line of ASCII/,
    ],
    ['webhook: { url: "https://x.example.org/", headers: { "X A": s3cret } }', /headers: /],
    ['webhook: { url: "https://x.example.org/", headers: { Transfer-Encoding: chunked } }', /headers: /],
    ['webhook: { url: "https://x.example.org/", headers: { Host: s3cret.example.org } }', /headers: /],
    ['webhook: { url: "https://x.example.org/", headers: { X-A: a, x-a: b } }', /headers: /],
    ['webhook: { url: "https://x.example.org/", severities: [fatal] }', /severities: .*\[critical, warning\]/],
    ['webhook: { url: "https://x.example.org/", severities: [] }', /severities: /],
    ['slack: { url: [s3cret] }', /slack\.url: /],
    ['alertmanager: { urls: [] }', /alertmanager\.urls: .*1 to 10/],
    ['alertmanager: { urls: ["http://a.example.org:9093", "http://u:s3cret@b.example.org"] }', /without logins/],
    [
      'alertmanager: { urls: ["http://a.example.org:9093"], user: u }',
      /a user together with passwordFile or passwordEnv/,
    ],
    ['exec: { command: page }', /exec\.command: .*absolute path/],
    ['exec: { command: [page, s3cret] }', /exec\.command: .*absolute path/],
    ['exec: { command: [] }', /exec\.command: /],
    ['syslog: { target: "udp://log.example.org" }', /syslog\.target: .*udp:\/\/HOST:PORT/],
    ['syslog: { target: "udp://log.example.org:0" }', /syslog\.target: /],
    ['delivery: { mode: failover }', /delivery\.order: .*at least two channels/],
    ['delivery: { mode: failover, order: [mail, mail] }', /delivery\.order: .*none of them twice/],
    ['mail: { toBySeverity: { fatal: [a@example.org] } }', /toBySeverity: .*critical, warning or info/],
    ['mail: { toBySeverity: { critical: ["a@example.org\\r\\nBcc: x@y.z"] } }', /toBySeverity: /],
  ])('are refused: %s', (yaml, expected) => {
    const text = refusal(yaml);
    expect(text).toMatch(expected);
    expect(text).not.toContain('s3cret');
  });

  it('may have a wrong URL in a file, which is not quoted either', () => {
    const file = write('url', 'not-a-url-s3cret\n');
    expect(refusal(`slack: { urlFile: ${file} }`)).toMatch(/slack\.urlFile: found a value that may be a secret/);
    expect(refusal('slack: { urlEnv: SLACK_URL }')).toMatch(/SLACK_URL, which is not set/);
  });
});

describe('a warning', () => {
  it('is given of http to another host, and of a command that cannot be run or that others can write', () => {
    const script = write('script', '#!/bin/sh\n', 0o757);
    expect(load('webhook: { url: "http://hooks.example.org/x/s3cret" }').warnings).toEqual([
      'webhook: messages are sent unencrypted to http://hooks.example.org; use https',
    ]);
    expect(load('webhook: { url: "http://127.0.0.1:1/x" }\nslack: { url: "http://localhost/x" }').warnings).toEqual([]);
    expect(load(`exec: { command: [${script}] }`).warnings.join()).toContain('every user of this host can write');
    expect(load(`exec: { command: [${join(folder, 'none')}] }`).warnings.join()).toContain('does not exist');
    expect(load(`exec: { command: [${folder}] }`).warnings.join()).toContain('is no file');
    expect(load('exec: { command: [/bin/sh] }').warnings).toEqual([]);
    const order = 'exec: { command: [/bin/sh] }\ndelivery: { mode: failover, order: [exec, mail] }';
    expect(load(order).warnings).toEqual(['delivery: order names mail, which is not configured']);
  });
});

it('refuses a token that cannot stand in a header, and does not quote it', () => {
  const yaml = 'alertmanager: { urls: ["http://127.0.0.1:9093"], tokenEnv: TOKEN }';
  for (const token of ['\uFEFFt0kent0ken', 't0ken t0ken', 't0kén']) {
    const text = refusal(yaml, { TOKEN: token });
    expect(text).toContain('alertmanager.tokenEnv');
    expect(text).toContain('printable ASCII');
    expect(text).not.toMatch(/t0k/);
  }
});

describe('config show', () => {
  it.each([[[]], [['--json']]])('shows no secret of a channel %j', async (flags: string[]) => {
    const file = write(
      'shown.yaml',
      [
        'webhook: { url: "https://hooks.example.org/a/p4thp4th", secretEnv: KEY, headers: { X-Key: h34der } }',
        'slack: { url: "https://hooks.slack.example.org/services/s1ack" }',
        'alertmanager: { urls: ["http://127.0.0.1:9093/am1234"], tokenEnv: TOKEN }',
      ].join('\n'),
    );
    const io = testIo({ env: { KEY: 'k3yk3y', TOKEN: 't0kent0ken' } });
    expect(await runCli(['config', 'show', '--config', file, ...flags], io)).toBe(0);
    expect(io.stdout()).toContain('https://hooks.example.org/***');
    expect(io.stdout()).not.toMatch(/p4th|h34der|s1ack|k3y|t0ken|am1234/);
  });
});
