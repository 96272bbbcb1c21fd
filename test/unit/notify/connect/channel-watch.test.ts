import { describe, expect, it } from 'vitest';
import { createConnections } from '../../../../daemon/notify/connect/connections.js';
import { createChannelWatch } from '../../../../daemon/notify/connect/channel-watch.js';
import { NO_STORE } from '../../../../daemon/notify/connect/address-book.js';
import type { SendOutcome } from '../../../../daemon/notify-contracts.js';
import { DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import { fakeClock, fakeHealth, fakeLog } from '../../../fakes.js';
import { message } from '../../../builders/messages.js';

const GOOD: SendOutcome = { ok: true, response: 'good' };
const BAD: SendOutcome = { ok: false, retry: true, error: 'the mail server refused the login' };

function openWatch(lookUp: () => Promise<readonly string[]> = () => Promise.resolve(['192.0.2.25'])) {
  const [clock, health] = [fakeClock(), fakeHealth()];
  const limits = { range: { first: 32_768, last: 60_999 }, reservedPorts: [] };
  const connections = createConnections({
    localPorts: 'auto',
    readLimits: () => limits,
    store: NO_STORE,
    clock,
    random: () => 0,
    lookUp,
  });
  const watch = createChannelWatch({ connections, clock, health, log: fakeLog(), random: () => 0.5 });
  let tests = 0;
  let warms = 0;
  const next = { test: GOOD, send: GOOD };
  const channel = watch.add(
    'mail',
    {
      server: { host: 'smtp.example.org', port: 587 },
      close: () => undefined,
      send: () => Promise.resolve(next.send),
      warm: () => (warms += 1),
      selfTest() {
        tests += 1;
        return Promise.resolve(next.test);
      },
    },
    null,
  );
  const pass = async (ms: number): Promise<void> => {
    for (let passed = 0; passed < ms; passed += Math.min(ms, MINUTE_MS)) {
      watch.tick();
      await new Promise(setImmediate);
      clock.advance(Math.min(ms, MINUTE_MS));
    }
    watch.tick();
    await new Promise(setImmediate);
  };
  return { clock, health, watch, channel, next, pass, counts: () => ({ tests, warms }) };
}

describe('the self-tests', () => {
  it('come some seconds after the first sample, then once a day', async () => {
    const { pass, counts, watch, clock } = openWatch();
    watch.tick();
    expect(counts().tests).toBe(0);
    expect(watch.facts()[0]).toMatchObject({ lastTestAtMs: null, lastTestError: null });
    await pass(2 * MINUTE_MS);
    expect(counts().tests).toBe(1);
    expect(watch.facts()[0]?.lastTestAtMs).toBeGreaterThan(clock.wallMs() - 2 * MINUTE_MS);
    await pass(DAY_MS - 5 * MINUTE_MS);
    expect(counts().tests).toBe(1);
    await pass(10 * MINUTE_MS);
    expect(counts().tests).toBe(2);
  });

  it('that fail are a problem, and are repeated every hour until one succeeds', async () => {
    const { pass, counts, watch, health, next } = openWatch();
    next.test = BAD;
    await pass(2 * MINUTE_MS);
    expect(watch.facts()[0]?.lastTestError).toBe('the mail server refused the login');
    expect(health.problems.get('delivery')).toBe('the self-test of mail failed: the mail server refused the login');
    await pass(2 * HOUR_MS + 5 * MINUTE_MS);
    expect(counts().tests).toBe(3);
    next.test = GOOD;
    await pass(HOUR_MS + 5 * MINUTE_MS);
    expect(health.problems.get('delivery')).toBeUndefined();
    await pass(5 * HOUR_MS);
    expect(counts().tests).toBe(4);
  });

  it('follow a message that was accepted after others had failed', async () => {
    const { pass, counts, channel, next } = openWatch();
    await pass(2 * MINUTE_MS);
    await channel.send(message());
    await pass(5 * MINUTE_MS);
    expect(counts().tests).toBe(1);
    next.send = BAD;
    await channel.send(message());
    await pass(5 * MINUTE_MS);
    expect(counts().tests).toBe(1);
    next.send = GOOD;
    await channel.send(message());
    await pass(5 * MINUTE_MS);
    expect(counts().tests).toBe(2);
  });
});

describe('the facts of a channel', () => {
  it('have its server, its address with the age, and its local ports', async () => {
    const { pass, watch, channel, clock, counts } = openWatch();
    await pass(2 * MINUTE_MS);
    await channel.send(message());
    expect(watch.facts()).toEqual([
      {
        channel: 'mail',
        server: 'smtp.example.org:587',
        lastTestAtMs: expect.any(Number) as number,
        lastTestError: null,
        lastSentAtMs: clock.wallMs(),
        address: '192.0.2.25',
        addressAgeMs: 2 * MINUTE_MS,
        localPorts: '32704-32767',
        why: '32704-32767, below the ephemeral range 32768-60999',
      },
    ]);
    watch.warm();
    expect(counts().warms).toBe(1);
  });

  it('say that an old address is used, which is a problem after a day', async () => {
    let isDown = false;
    const { pass, watch, health } = openWatch(() =>
      isDown ? Promise.reject(new Error('getaddrinfo EAI_AGAIN')) : Promise.resolve(['192.0.2.25']),
    );
    await pass(10 * SECOND_MS);
    isDown = true;
    await pass(2 * HOUR_MS);
    expect(watch.facts()[0]?.why).toMatch(
      /the name smtp\.example\.org cannot be resolved \(getaddrinfo EAI_AGAIN\), so its address 192\.0\.2\.25 of 2 h ago is used$/,
    );
    expect(health.problems.get('delivery')).toBeUndefined();
    await pass(23 * HOUR_MS);
    expect(health.problems.get('delivery')).toMatch(/its address 192\.0\.2\.25 of 1 d 1 h ago is used/);
    isDown = false;
    await pass(2 * HOUR_MS);
    expect(health.problems.get('delivery')).toBeUndefined();
  });
});
