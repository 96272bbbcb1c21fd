/** A pool of a sample as the situation of a what-if, against the forecast of the same pool. */
import { describe, expect, it } from 'vitest';
import { compareWith } from '../../../daemon/advice/what-if-course.js';
import { findPools, readReuse, situationOfPool } from '../../../daemon/wire/plan-pool.js';
import { poolToWire, type WirePool } from '../../../daemon/wire/pool.js';
import { wireHost } from '../../builders/cli.js';
import { closes, createCycleScene, only } from '../../builders/cycle-scene.js';
import { iso, NOW, wirePool } from '../../builders/wire-pool.js';

const HOST = { ...wireHost(), range: [20_000, 20_999] as [number, number] };

/** The pool of a host whose rows are those of `rowsAt` at each second, as its newest sample shows it. */
async function sampled(seconds: number, rowsAt: (second: number) => ReturnType<typeof closes>): Promise<WirePool> {
  const { host, views, beats } = createCycleScene();
  await beats(seconds / 2, (second) => {
    host.rows = rowsAt(second);
    host.counters = { activeOpens: 25 * second };
  });
  const view = views.at(-1) ?? expect.unreachable('no view');
  return poolToWire(only(view.pools));
}

describe('the pool as it is', () => {
  it('runs out when its forecast says so', async () => {
    const pool = await sampled(14, (second) => closes(25, second));
    const { asIs } = compareWith(situationOfPool(pool, HOST), {});
    expect(pool.secondsToExhaustion).not.toBeNull();
    // The wire rounds the rate, and the forecast weighs how the rate may change.
    expect((asIs.secondsToExhaustion ?? NaN) / (pool.secondsToExhaustion ?? NaN)).toBeCloseTo(1, 1);
    expect(asIs.pressure).toBeCloseTo(pool.pressure ?? NaN, 2);
    expect(asIs.sustainableRate).toBeCloseTo(pool.sustainableRate, 2);
  });

  it('settles where its forecast says, and its line is the forecast of the use', async () => {
    const pool = await sampled(120, (second) => closes(10, Math.min(62, second)));
    const { asIs, lines } = compareWith(situationOfPool(pool, HOST), {});
    expect(asIs.secondsToExhaustion).toBeNull();
    expect(asIs.pressure).toBeCloseTo(pool.pressure ?? NaN, 2);
    const startMs = Date.parse(pool.sampledAt);
    for (const { at, used } of pool.ahead) {
      const index = Math.round((Date.parse(at) - startMs) / 1000 / lines.stepSeconds);
      const drawn = lines.asIs[index];
      if (drawn !== undefined) expect(Math.abs(drawn - used)).toBeLessThanOrEqual(25);
    }
  });
});

describe('what is read of a pool', () => {
  const host = { ...HOST, range: [32_768, 60_999] as [number, number] };
  it('counts neither ports that may be taken again, nor a climb as releases', () => {
    const reused = wirePool({ reuse: 'after_delay', reusable: 20_000, holdSeconds: 1 });
    expect(situationOfPool(reused, host)).toMatchObject({ held: 419, holdMs: 1000 });
    const ahead = Array.from({ length: 61 }, (_, i) => ({
      at: iso(NOW + i * 2068),
      used: 20_603 + i * 100,
      low: 0,
      high: 0,
    }));
    expect(situationOfPool(wirePool({ ahead }), host).freedBy).toBeNull();
  });

  it('keeps connects that wait, growth that fills it, and a demand that is only the least', () => {
    const waiting = wirePool({ pressure: (184 + 332 * 62.048 + 3000) / 28_232 });
    expect(situationOfPool(waiting, host).waiting).toBeCloseTo(3000, 6);
    expect(situationOfPool(wirePool({ cause: 'growth', liveGrowth: 4 }), host).growth).toBe(4);
    expect(situationOfPool(wirePool({ liveGrowth: 4 }), host).growth).toBe(0);
    expect(situationOfPool(wirePool({ demandAtLeast: true, closeRate: null }), host)).toMatchObject({
      isLeast: true,
      rate: 0,
    });
  });

  it('has the range of the host only where its ports are of it', () => {
    expect(situationOfPool(wirePool(), host).ports).toEqual([32_768, 60_999]);
    expect(situationOfPool(wirePool({ kind: 'declared' }), host).ports).toBeNull();
    expect(situationOfPool(wirePool({ capacity: 40_000 }), host).ports).toBeNull();
  });

  it('allows reuse for connect() on a Linux with timestamps only', () => {
    expect(readReuse('connect', host).whyNot).toBeNull();
    expect(readReuse('bind', host).whyNot).toContain('bind before they connect');
    expect(readReuse('connect', { ...host, timestamps: false }).whyNot).toContain('tcp_timestamps');
    expect(readReuse('connect', { ...host, reuse: null }).whyNot).toContain('no setting');
  });

  it('is found by its id or by its destination', () => {
    const [a, b] = [wirePool({ id: 'a' }), wirePool({ id: 'b', remoteAddress: '2001:db8::2' })];
    const any = wirePool({ id: 'c', remoteAddress: null, remotePort: null });
    expect(findPools([a, b, any], 'a')).toEqual([a]);
    expect(findPools([a, b, any], '10.0.0.2:443')).toEqual([a]);
    expect(findPools([a, b, any], '[2001:db8::2]:443')).toEqual([b]);
    expect(findPools([a, b, any], 'any destination from 10.0.0.1')).toEqual([]);
  });
});
