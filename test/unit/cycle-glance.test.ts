/** The cycles that a glance between two beats leads to. */
import { describe, expect, it } from 'vitest';
import { closes, createCycleScene } from '../builders/cycle-scene.js';

/** Half of the 1,000 ports: 300 closes/s take the others within 1.7 s, so they are past half of their time after 0.9 s. */
const KEPT_OPEN = Array.from({ length: 500 }, (_, index) => ({ localPort: 20_500 + index }));

describe('a glance', () => {
  it('reads the table at the first glance at which ports go fast, and steps the alerts with it', async () => {
    const { clock, cycle, host, announcer, views, beats } = createCycleScene();
    host.rows = KEPT_OPEN;
    host.counters = { activeOpens: KEPT_OPEN.length, inUse: KEPT_OPEN.length };
    await beats(5);
    expect(host.dumps).toBe(5);
    await cycle.glance();
    const dumpsAfter: number[] = [];
    const isWarnedAfter: boolean[] = [];
    for (let quarter = 1; quarter <= 6; quarter += 1) {
      clock.advance(250);
      const closed = closes(300, quarter / 4);
      host.rows = [...KEPT_OPEN, ...closed];
      host.counters = { activeOpens: host.rows.length, inUse: KEPT_OPEN.length, timeWait: closed.length };
      await cycle.glance();
      dumpsAfter.push(host.dumps - 5);
      isWarnedAfter.push(announcer.announced.some(({ alert }) => alert.rule === 'imminent'));
    }
    expect(dumpsAfter).toEqual([1, 1, 2, 2, 3, 3]);
    expect(views).toHaveLength(5 + 3);
    // Past half of its time the batch is likelier than not to take the other ports as well. No beat has come since it began.
    expect(isWarnedAfter).toEqual([false, false, false, false, true, true]);
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
