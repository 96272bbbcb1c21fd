import { writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { adviceCommand } from '../../../daemon/cli/advice.js';
import { runCli } from '../../../daemon/cli/program.js';
import type { WireAdvice } from '../../../daemon/wire/advice.js';
import { fakeSource, testIo } from '../../builders/cli.js';
import { createTempFolder } from '../../builders/stores.js';
import { cannedPool } from '../../builders/wire-documents.js';
import { fakeClock, fakeHost } from '../../fakes.js';

const absent = () => Promise.resolve({ kind: 'absent' } as const);

/** Runs the command on a fake host, without a daemon. */
async function adviseHost(options: Partial<Parameters<typeof adviceCommand>[1]>) {
  const io = testIo();
  const source = fakeSource(fakeHost(fakeClock()));
  const start = () => Promise.resolve(() => Promise.resolve(source));
  const code = await adviceCommand(io, options, { version: '1', ask: absent, start });
  return { code, out: io.stdout(), stops: source.stops };
}

describe('advice', () => {
  it('without a pool at risk says so, and what a new destination could take', async () => {
    const { code, out, stops } = await adviseHost({});
    expect(code).toBe(0);
    expect(stops).toBe(1);
    expect(out).toMatch(
      /No pool is at risk\. A new destination could take [\d,]+ ports and sustain [\d.]+ closes per second/,
    );
    expect(out).toMatch(/1\. Keep connections alive or pool them[^]*effect +never runs out; settles at/);
    expect(out).toMatch(/^\S+, read from this host: no daemon answers at http:\/\/127\.0\.0\.1:\d+\n/);
    expect(out).toContain('"net.ipv4.tcp_fin_timeout shortens TIME_WAIT."');
  });

  it('prints one JSON document', async () => {
    const { out } = await adviseHost({ json: true });
    const advice = JSON.parse(out) as WireAdvice;
    expect(advice).toMatchObject({ pools: [], poolsAtRisk: 0 });
    expect(advice.general.length).toBeGreaterThan(3);
  });

  it('prints the code of a program that was asked for, and the remedies of Windows', async () => {
    expect((await adviseHost({ program: 'go' })).out).toContain('MaxIdleConnsPerHost: 256,');
    const windows = (await adviseHost({ platform: 'windows' })).out;
    expect(windows).toContain('netsh int ipv4 set dynamicport tcp start=10000 num=55536');
    expect(windows).toContain('Share connections that were authenticated by NTLM or Negotiate');
  });

  it('advises on one pool of the host', async () => {
    const first = JSON.parse((await adviseHost({ json: true })).out) as WireAdvice;
    expect(first.pools).toEqual([]);
    await expect(adviseHost({ pool: 'connect_none' })).rejects.toThrow(
      /there is no pool "connect_none"; (no pool|allowed: )/,
    );
  });

  it.each([
    [['--program', 'perl'], /'perl' is invalid\. Allowed choices are go, node/],
    [['--platform', 'macos'], /'macos' is invalid\. Allowed choices are linux, windows/],
    [['--nonsense'], /unknown option '--nonsense'/],
    [['extra'], /too many arguments/],
  ])('%j is a usage error', async (args, message) => {
    const io = testIo();
    expect(await runCli(['advice', ...args], io)).toBe(2);
    expect(io.stderr()).toMatch(message);
  });
});

describe('advice from the daemon', () => {
  it('refuses a pool that the daemon does not list', async () => {
    const io = testIo();
    const ask = () =>
      Promise.resolve({ kind: 'forecast' as const, ageMs: 0, forecast: { host: {}, pools: [] } as never });
    const start = () => expect.unreachable('the host is read');
    await expect(adviceCommand(io, { pool: 'a"b' }, { version: '1', ask, start })).rejects.toMatchObject({
      code: 'USAGE',
      message: expect.stringContaining('there is no pool "a\\"b"; no pool holds a port now') as string,
    });
  });

  it('takes a pool by its destination, and says what was asked for', async () => {
    const asked: string[] = [];
    const daemon = createServer(({ url = '' }, response) => {
      asked.push(url);
      response.end(JSON.stringify({ pool: {}, remedies: [] }));
    });
    await new Promise<void>((resolve) => daemon.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void daemon.close());
    const config = join(createTempFolder(), 'portcast.yaml');
    writeFileSync(config, `http:\n  port: ${(daemon.address() as AddressInfo).port}\n`);
    const pool = cannedPool();
    const ask = () =>
      Promise.resolve({ kind: 'forecast' as const, ageMs: 0, forecast: { host: {}, pools: [pool] } as never });
    const start = () => expect.unreachable('the host is read');
    const options = { config, pool: '10.0.0.2:443', program: 'go', json: true } as const;
    expect(await adviceCommand(testIo(), options, { version: '1', ask, start })).toBe(0);
    expect(asked).toEqual([`/api/v1/pools/${encodeURIComponent(pool.id)}/advice?program=go`]);
  });
});
