/** The cycles that a glance between two beats leads to. */
import { describe, expect, it } from 'vitest';
import { closes, createCycleScene } from '../builders/cycle-scene.js';

describe('a glance', () => {
  it('reads the table at the first glance at which ports go fast, and steps the alerts with it', async () => {
    const { clock, cycle, host, announcer, views, beats } = createCycleScene();
    await beats(5);
    expect(host.dumps).toBe(1);
    await cycle.glance();
    const dumpsAfter: number[] = [];
    for (let quarter = 1; quarter <= 6; quarter += 1) {
      clock.advance(250);
      host.rows = closes(300, quarter / 4);
      host.counters = { activeOpens: host.rows.length, timeWait: host.rows.length };
      await cycle.glance();
      dumpsAfter.push(host.dumps - 1);
    }
    expect(dumpsAfter).toEqual([1, 1, 2, 2, 3, 3]);
    expect(views).toHaveLength(5 + 3);
    expect(announcer.announced.map(({ alert }) => alert.rule)).toContain('imminent');
  });

  it('begins no cycle by a glance while one is under way, and lets a beat wait for its end', async () => {
    const { clock, cycle, host, views, beats } = createCycleScene();
    await beats(2);
    expect(cycle.glance()).toBeNull();
    clock.advance(250);
    host.counters = { activeOpens: 100, inUse: 100 };
    const looking = cycle.glance();
    expect(looking).not.toBeNull();
    clock.advance(250);
    host.counters = { activeOpens: 300, inUse: 300 };
    expect(cycle.glance()).toBeNull();
    const beating = cycle.beat();
    expect(cycle.glance()).toBeNull();
    await looking;
    expect(views).toHaveLength(3);
    await beating;
    expect(views).toHaveLength(4);
    expect(host.dumps).toBe(3);
  });
});
