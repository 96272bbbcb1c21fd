/** Against a real HTTP server on loopback. */
import { createServer, type RequestListener } from 'node:http';
import type { AddressInfo } from 'node:net';
import { describe, expect, it, onTestFinished } from 'vitest';
import { createHeartbeat } from '../../../daemon/notify/heartbeat.js';
import { MINUTE_MS } from '../../../daemon/units.js';
import { targetOf } from '../../builders/http-receiver.js';
import { fakeClock, fakeHealth } from '../../fakes.js';

async function setUp(answer: RequestListener) {
  const calls: string[] = [];
  const server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`);
    answer(request, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const clock = fakeClock();
  const health = fakeHealth();
  const heartbeat = createHeartbeat({
    target: targetOf(`http://127.0.0.1:${port}/ping/s3cret`),
    everyMs: MINUTE_MS,
    clock,
    health,
  });
  onTestFinished(async () => {
    heartbeat.close();
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  });
  /** One beat. Its call has come back when this resolves, where the server answers at once. */
  const beatOnce = async (): Promise<void> => {
    const before = calls.length;
    heartbeat.beat();
    await expect.poll(() => calls.length).toBe(before + 1);
    await new Promise((resolve) => setTimeout(resolve, 30));
  };
  return { calls, clock, health, heartbeat, beatOnce, port };
}

describe('the heartbeat', () => {
  it('calls the URL on a good cycle, at most once a minute', async () => {
    const { calls, clock, heartbeat, beatOnce } = await setUp((_request, response) => response.end('ok'));
    await beatOnce();
    for (let second = 0; second < 58; second += 2) {
      clock.advance(2000);
      heartbeat.beat();
    }
    expect(calls).toEqual(['GET /ping/s3cret']);
    clock.advance(2000);
    await beatOnce();
    expect(calls).toHaveLength(2);
  });

  it.each([
    ['an error', 500, {}, 'answered 500'],
    ['a redirect, which it does not follow', 302, { Location: '/elsewhere' }, 'redirects to another path'],
  ])('is silent about %s for five minutes, then names the host only', async (_what, status, headers, error) => {
    const { calls, clock, health, beatOnce, port } = await setUp((_request, response) =>
      response.writeHead(status, headers).end(),
    );
    for (let minute = 0; minute < 5; minute += 1) {
      await beatOnce();
      expect(health.problems.size).toBe(0);
      clock.advance(MINUTE_MS);
    }
    await beatOnce();
    const server = `http://127.0.0.1:${port}`;
    const problem = health.problems.get('heartbeat');
    expect(problem).toContain(`${server} has not taken the heartbeat for 5 min: ${server} ${error}`);
    expect(problem).not.toMatch(/ping|s3cret|elsewhere/);
    expect(calls).toEqual(Array.from({ length: 6 }, () => 'GET /ping/s3cret'));
  });

  it('delays nobody, has one call under way at a time, and ends with the daemon', async () => {
    const { calls, clock, heartbeat, beatOnce } = await setUp(() => undefined);
    await beatOnce();
    clock.advance(2 * MINUTE_MS);
    heartbeat.beat();
    expect(calls).toHaveLength(1);
    heartbeat.close();
    clock.advance(2 * MINUTE_MS);
    heartbeat.beat();
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(calls).toHaveLength(1);
  });
});
