import { describe, expect, it, onTestFinished } from 'vitest';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { runCli } from '../../../daemon/cli/program.js';
import { testIo } from '../../builders/cli.js';
import { wireIncident } from '../../builders/wire-incident.js';

const INCIDENT = wireIncident();

/** Answers as the daemon does, and returns what the command prints. */
async function run(...args: readonly string[]): Promise<{ code: number; out: string; err: string }> {
  const documents: Record<string, unknown> = {
    '/api/v1/incidents': [INCIDENT],
    [`/api/v1/incidents/${encodeURIComponent(INCIDENT.id)}`]: INCIDENT,
    '/api/v1/alerts/a1/decisions': INCIDENT.decisions,
    '/api/v1/alerts/none/decisions': [],
  };
  const server = createServer((request, response) => {
    const document = documents[request.url ?? ''];
    response.statusCode = document === undefined ? 404 : 200;
    response.setHeader('Content-Type', document === undefined ? 'application/problem+json' : 'application/json');
    response.end(
      JSON.stringify(
        document ?? { type: 'about:blank', status: 404, title: 'Not Found', detail: 'there is no incident' },
      ),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const io = testIo();
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const code = await runCli(['incidents', ...args, '--url', url], io);
  return { code, out: io.stdout(), err: io.stderr() };
}

describe('portcast incidents', () => {
  it('lists what people were told of', async () => {
    const { code, out } = await run();
    expect(code).toBe(0);
    expect(out).toContain(`open critical, ${INCIDENT.openedAt}, 2 pools, 1 message to each recipient`);
    expect(out).toContain(INCIDENT.id);
  });

  it('shows one with its cause, its pools and every decision', async () => {
    const { code, out } = await run(INCIDENT.id);
    expect(code).toBe(0);
    expect(out).toContain('cause        process psql');
    expect(out).toContain('pool         10.0.0.3:5432: at most 312 of 1,000 ports');
    expect(out).toContain('told ops@example.org: first');
    expect(out).toMatch(new RegExp(`not told: inhibited by ${INCIDENT.id} \\(first of imminent_b`));
  });

  it('answers why an alert was told or not', async () => {
    expect((await run('--alert', 'a1')).out).toContain('told ops@example.org: first');
    expect((await run('--alert', 'none')).out).toContain('Nothing has been decided about it.');
  });

  it('prints JSON', async () => {
    expect(JSON.parse((await run(INCIDENT.id, '--json')).out)).toEqual(INCIDENT);
  });

  it('refuses an incident and an alert at once, and says where there is none', async () => {
    expect(await run(INCIDENT.id, '--alert', 'a1')).toMatchObject({ code: 2 });
    const { code, err } = await run('nothing');
    expect(code).toBe(1);
    expect(err).toContain('answered 404: there is no incident');
  });
});
