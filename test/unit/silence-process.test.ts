/** The built daemon as a process: what people say outlives kill -9. */
import { readFileSync } from 'node:fs';
import { expect, it, onTestFinished } from 'vitest';
import type { WireSilence } from '../../daemon/wire/silence.js';
import { startDaemon, stateFolder } from '../builders/daemon-process.js';

const YAML = `http: { port: 0, publicUrl: "https://portcast.example.org" }
incidents:
  maintenance: [{ name: nightly, cron: "30 2 * * *", duration: 1h, timeZone: Europe/Berlin }]
`;

it('keeps a silence whose answer was sent through kill -9, and logs no token', { timeout: 60_000 }, async () => {
  const state = stateFolder();
  onTestFinished(state.remove);
  const first = await startDaemon(state, YAML);
  const token = 'A'.repeat(43);
  const headers = { 'Content-Type': 'application/json', Origin: first.url };
  const body = JSON.stringify({ matchers: { process: 'psql' }, durationSeconds: 3600 });
  const created = await fetch(`${first.url}/api/v1/silences`, { method: 'POST', headers, body });
  const page = await fetch(`${first.url}/act/${token}`);
  await first.kill();
  expect(created.status).toBe(201);
  expect([page.status, await page.text()]).toEqual([404, expect.stringContaining('not known')]);
  const second = await startDaemon(state, YAML);
  onTestFinished(async () => {
    await second.stop();
  });
  const silences = (await (await fetch(`${second.url}/api/v1/silences`)).json()) as WireSilence[];
  expect(silences).toEqual([await created.json()]);
  expect(`${first.output()}${second.output()}`).not.toContain(token);
  expect(readFileSync(state.database).includes(token)).toBe(false);
});
