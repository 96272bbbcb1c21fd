import { describe, expect, it } from 'vitest';
import { STATE } from '../../../daemon/snapshot/snapshot.js';
import { steps } from './plan.js';
import { simulate } from './simulate.js';
import { limitsOf, SERVER, type Stream } from './world.js';
import { createStream, createWorld, simulateTo } from './worlds.js';

describe('what becomes of a connection', () => {
  it('reuse takes TIME_WAIT ports past the delay, but no FIN_WAIT2, and not for bind(0)', () => {
    const limits = limitsOf({ twReuse: 1, range: { first: 20_000, last: 20_099 } });
    const recycled = (more: Partial<Stream>) => simulateTo(createWorld([createStream(50, more)], { limits }), 10_000);
    expect(recycled({}).failedAt()).toBeNull();
    expect(recycled({}).counters().twRecycled).toBeGreaterThan(300);
    for (const more of [{ fate: 'fin_wait2' }, { binds: true }] as const) {
      expect(recycled(more).failedAt()).toBe(2020);
      expect(recycled(more).counters().twRecycled).toBe(0);
    }
    expect(simulateTo(createWorld([createStream(50)], { limits, timestamps: false }), 10_000).failedAt()).toBe(2020);
  });

  it('a peer that closes late turns an orphan FIN_WAIT2 into 60 s of TIME_WAIT', () => {
    const limits = limitsOf({ finTimeoutMs: 10_000 });
    const one = steps([0, 10], [150, 0]);
    const orphan = (peerFinMs: number) =>
      simulate(createWorld([createStream(one, { fate: 'fin_wait2', peerFinMs })], { limits }));
    const late = orphan(5000);
    late.runTo(5000);
    expect(late.snapshot().outboundRows.state[0]).toBe(STATE.FIN_WAIT2);
    late.runTo(5200);
    expect(late.snapshot().outboundRows.state[0]).toBe(STATE.TIME_WAIT);
    late.runTo(65_000);
    expect(late.used()).toBe(1);
    expect(late.counters().tw).toBe(1);
    const never = orphan(20_000);
    never.runTo(10_500);
    expect(never.used()).toBe(0);
  });

  it('an orphan with a time-out above 60 s is a real socket first, and a mini-socket for the excess', () => {
    const limits = limitsOf({ finTimeoutMs: 90_000 });
    const simulation = simulateTo(
      createWorld([createStream(steps([0, 10], [150, 0]), { fate: 'fin_wait2' })], { limits }),
      20_000,
    );
    expect(simulation.snapshot().outboundRows).toMatchObject({ timer: Uint8Array.of(2) });
    expect(simulation.counters()).toMatchObject({ orphan: 1, timeWait: 0, inUse: 1 });
    simulation.runTo(40_000);
    expect(simulation.snapshot().outboundRows).toMatchObject({ timer: Uint8Array.of(3) });
    simulation.runTo(62_000);
    expect(simulation.used()).toBe(0);
  });

  it('a kept connection ends in TIME_WAIT when this side closes it, and leaves nothing when the peer does', () => {
    const leak = (fate: Stream['fate']) =>
      simulate(createWorld([createStream(5, { fate, life: { untilMs: 30_000 } })]));
    const [byUs, byPeer] = [leak('time_wait'), leak('server_closes')];
    for (const each of [byUs, byPeer]) each.runTo(29_999);
    expect([byUs.used(), byPeer.used(), byUs.trueRate(29_000), byUs.trueGrowth(29_000)]).toEqual([149, 149, 0, 5]);
    for (const each of [byUs, byPeer]) each.runTo(30_001);
    expect([byUs.counters().timeWait, byPeer.used()]).toEqual([150, 0]);
    expect([byUs.trueRate(31_000), byUs.trueGrowth(31_000)]).toEqual([5, 0]);
  });

  it('a connection that lasts is live first', () => {
    const simulation = simulateTo(
      createWorld([createStream(10, { life: { meanMs: 3000 } })], { recordCloses: true, seed: 3 }),
      60_000,
    );
    const live = simulation.counters().inUse ?? 0;
    expect(live).toBeGreaterThan(10);
    expect(live).toBeLessThan(50);
    expect(simulation.closes()).toHaveLength(600 - live);
    expect(simulation.trueRate(60_000, SERVER)).toBeCloseTo(10, 6);
    expect(simulation.trueRate(3000)).toBeCloseTo(10 * (1 - Math.exp(-1)), 0);
  });
});
