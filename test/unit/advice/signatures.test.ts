import { describe, expect, it } from 'vitest';
import { isAtRisk } from '../../../daemon/advice/advise.js';
import { NO_CONTEXT, type AdviceContext } from '../../../daemon/advice/context.js';
import { adviseOnHost } from '../../../daemon/advice/host-advice.js';
import { MYTHS } from '../../../daemon/advice/myths.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { advise, LEAKING, owner, signaturesOf } from '../../builders/advice.js';
import { calmForecast, poolForecast } from '../../builders/forecasts.js';
import { limitsOf } from '../../tools/simulator/world.js';

describe('the signatures', () => {
  const gone = Array.from({ length: 6 }, (_, index) => owner('curl', { pid: index, confidence: 0, seenAtMs: 1 }));
  it.each<[string, Partial<PoolForecast>, Partial<AdviceContext>]>([
    ['connection_per_request', {}, {}],
    ['short_lived_owners', {}, { owners: gone }],
    ['few_idle_connections', {}, { program: 'go' }],
    ['binds_first', { kind: 'bind', remoteAddress: null, remotePort: null }, {}],
    ['skipped_ports', { skippedPorts: 100, failedConnects: 3 }, {}],
    ['fails_below_capacity', { failedConnects: 3 }, {}],
    ['leak', LEAKING, {}],
    ['close_wait', { ...LEAKING, closeWait: 500 }, {}],
    ['orphan_fin_wait2', { orphanFinWait2: 280 }, {}],
    ['unanswered', { cause: 'unanswered', synSent: 300, live: 320 }, {}],
    ['reuse_works', { reuse: 'after_delay', used: 1000, timeWait: 990, live: 10, mode: 'steady', cause: null }, {}],
  ])('%s is told with its numbers, its cause, remedies that exist and a check', (name, changes, context) => {
    const advice = advise(changes, context);
    const signature = advice.signatures.find((one) => one.name === name) ?? expect.unreachable(name);
    expect(signature.seen).toMatch(/\d/);
    expect(signature.cause).not.toBe('');
    expect(signature.check).not.toBe('');
    const known = [...advice.remedies, ...advice.useless].map((remedy) => remedy.name);
    for (const remedy of signature.remedies.slice(0, 1)) expect(known).toContain(remedy);
  });

  it('are absent where the table does not show them', () => {
    expect(signaturesOf({ cause: null, mode: 'steady', used: 10, timeWait: 8, live: 2, exhaustsAtMs: null })).toEqual(
      [],
    );
    expect(signaturesOf(LEAKING)).toEqual(['leak']);
    expect(signaturesOf({ failedConnects: 3, used: 960, timeWait: 950 })).not.toContain('fails_below_capacity');
    expect(signaturesOf({}, { owners: gone.slice(0, 3) })).not.toContain('short_lived_owners');
  });
});

describe('the descriptors of an owner', () => {
  it('stand beside the ports, and say which ends first', () => {
    const [use] = advise(LEAKING, { owners: [owner('app', { openFiles: 979, openFilesLimit: 1024 })] }).descriptors;
    expect(use).toMatchObject({ secondsToLimit: 180, secondsToPorts: 1560 });
    expect(use?.text).toBe(
      'app (pid 7) has 979 of 1,024 descriptors open, 15 more every minute: EMFILE in 3 min, ports in 26 min.',
    );
  });

  it('name the reason where they cannot be read, and no time without growth', () => {
    const unread = owner('app', { openFiles: null, openFilesLimit: null, openFilesWhy: 'the process has ended' });
    expect(advise(LEAKING, { owners: [unread] }).descriptors[0]).toMatchObject({
      secondsToLimit: null,
      text: 'The descriptors of app (pid 7) cannot be read: the process has ended.',
    });
    const calm = advise({ liveGrowth: 0 }, { owners: [owner('app', { openFiles: 5, openFilesLimit: 1024 })] });
    expect(calm.descriptors[0]?.text).toBe('app (pid 7) has 5 of 1,024 descriptors open.');
    expect(advise(LEAKING, { owners: [owner('app')] }).descriptors).toEqual([]);
    const unlimited = owner('app', { openFiles: 5, openFilesLimit: null, openFilesWhy: 'they are not limited' });
    expect(advise(LEAKING, { owners: [unlimited] }).descriptors[0]).toMatchObject({
      secondsToLimit: null,
      text: 'app (pid 7) has 5 descriptors open, and there is no limit to compare with: they are not limited.',
    });
  });
});

describe('the advice on the host', () => {
  const facts = { limits: limitsOf(), ports: [], sampledAtMs: 1, unusedCapacity: 1000, holdMs: 62_048 };

  it('is about the pools at risk, and says what a new destination could take', () => {
    const pools = [poolForecast(), calmForecast({ id: 'calm' })];
    const advice = adviseOnHost({ ...facts, pools }, NO_CONTEXT, () => ({ owners: [], sinceMs: 5 }));
    expect(advice.pools.map(({ forecast }) => forecast.id)).toEqual([poolForecast().id]);
    expect(advice.summary).toBe(
      'One pool is at risk. A new destination could take 1,000 ports and sustain 16.1 closes per second.',
    );
    expect(isAtRisk(calmForecast())).toBe(false);
    expect(adviseOnHost({ ...facts, pools: [] }, NO_CONTEXT, () => expect.unreachable()).summary).toMatch(
      /^No pool is at risk\./,
    );
    expect(advice.general.map(({ name }) => name).slice(0, 2)).toEqual(['keep_alive', 'tw_reuse']);
  });

  it('advises on ten pools at most, and counts all', () => {
    const pools = Array.from({ length: 30 }, (_, index) => poolForecast({ id: `p${index}` }));
    const advice = adviseOnHost({ ...facts, pools }, NO_CONTEXT, () => ({ owners: [], sinceMs: null }));
    expect([advice.pools.length, advice.poolsAtRisk]).toEqual([10, 30]);
  });

  it('calls TIME_WAIT of a service that closes first harmless', () => {
    const states = new Uint32Array(13);
    states[5] = 4000;
    const ports = [
      { id: 'in_host_8080', direction: 'in' as const, namespace: 'host', address: null, port: 8080, states },
    ];
    const { signatures } = adviseOnHost({ ...facts, pools: [], ports }, NO_CONTEXT, () => expect.unreachable());
    expect(signatures).toMatchObject([{ name: 'server_closes_first', remedies: [] }]);
    expect(signatures[0]?.seen).toContain(':8080 has 4,000');
  });

  it('names myths, each with what is true', () => {
    expect(MYTHS.map(({ name }) => name)).toEqual([
      'fin_timeout',
      'tw_recycle',
      'conntrack_timeout',
      'tw_buckets',
      'many_time_wait',
      'host_limit',
    ]);
    for (const { myth, truth } of MYTHS) expect(truth.length).toBeGreaterThan(myth.length / 2);
  });
});
