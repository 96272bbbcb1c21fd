/** The built daemon with every channel: an alert about real traffic of this host reaches all of them. */
import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished, vi } from 'vitest';
import type { AlertmanagerAlert } from '../../../daemon/notify/alertmanager/alerts.js';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { startDaemon, stateFolder } from '../../builders/daemon-process.js';
import { answerWith, startReceiver } from '../../builders/http-receiver.js';
import { startTraffic } from '../../builders/loopback-traffic.js';
import { readDocument } from '../../builders/notification-schema.js';
import { requireValue } from '../../builders/require-value.js';

it('tells every channel of an incident, while one of them does not answer', { timeout: 60_000 }, async () => {
  const state = stateFolder();
  // On loopback a closed port counts for one second, so the traffic goes on until the test ends.
  const traffic = await startTraffic({ perSecond: 50, count: 3000 });
  const webhook = await startReceiver();
  const slack = await startReceiver(() => undefined);
  const alertmanager = await startReceiver(answerWith(200));
  const script = join(state.path, 'page');
  writeFileSync(script, `#!/bin/sh\ncat > ${state.path}/paged\n`);
  chmodSync(script, 0o755);
  const daemon = await startDaemon(
    state,
    [
      'http: { port: 0 }',
      'host: { name: web-1 }',
      'alerts: { use: { mail: true, raise: 0.05%, clear: 0.01%, for: 0s } }',
      `webhook: { url: "${webhook.url}/hook/s3cr3t" }`,
      `slack: { url: "${slack.url}/services/s3cr3t", timeout: 60s }`,
      `alertmanager: { urls: ["${alertmanager.url}"] }`,
      `exec: { command: ["${script}"] }`,
    ].join('\n'),
  );
  onTestFinished(async () => {
    await daemon.stop();
    await traffic.stop();
    state.remove();
  });
  const firing = (): AlertmanagerAlert[] =>
    JSON.parse(requireValue(alertmanager.requests.at(-1)).body) as AlertmanagerAlert[];
  const limits = { timeout: 40_000, interval: 100 };
  await vi.waitFor(() => {
    expect(webhook.requests.length).toBeGreaterThan(0);
    expect(slack.requests.length).toBeGreaterThan(0);
    expect(existsSync(join(state.path, 'paged'))).toBe(true);
    expect(firing().length).toBeGreaterThan(0);
  }, limits);
  expect(readDocument({ document: requireValue(webhook.requests[0]).body })).toMatchObject({
    kind: 'first',
    host: 'web-1',
    rule: 'use',
  });
  await vi.waitFor(() => {
    const paged = readFileSync(join(state.path, 'paged'), 'utf8');
    expect(readDocument({ document: paged }).kind).toBe('first');
  }, limits);
  expect(firing()[0]?.labels).toMatchObject({ instance: 'web-1', alertname: 'PortcastPool', severity: 'info' });
  const answer = await fetch(`${daemon.url}/api/v1/status`);
  const { channels, mail, sampling } = (await answer.json()) as WireStatus;
  const byName = new Map(channels.map((channel) => [channel.name, channel]));
  expect([...byName.keys()].sort()).toEqual(['alertmanager', 'exec', 'slack', 'webhook']);
  expect(byName.get('webhook')).toMatchObject({ target: webhook.url, pending: 0, failed: 0, lastError: null });
  expect(byName.get('webhook')?.lastSentAt).not.toBeNull();
  expect(byName.get('slack')?.pending).toBeGreaterThan(0);
  expect(byName.get('alertmanager')).toMatchObject({ pending: 0, lastError: null });
  expect(mail.configured).toBe(false);
  // The channel that hangs delays no beat.
  expect(sampling.missedBeats).toBe(0);
  expect(`${daemon.output()}${JSON.stringify(channels)}`).not.toContain('s3cr3t');
});
