import { describe, expect, it } from 'vitest';
import type { AlertChange } from '../../daemon/alert/alert.js';
import { createCycleScene as scene } from '../builders/cycle-scene.js';

describe('trouble with a part of portcast', () => {
  const ofTrouble = (announced: readonly AlertChange[]) =>
    announced.flatMap(({ to, alert }) => (alert.trouble === undefined ? [] : [`${alert.trouble.part} ${to}`]));

  it('is told when it lasts, and is over when it is over', async () => {
    const { beats, troubles, announcer, clock } = scene();
    await beats(1);
    troubles.push({ part: 'store', message: 'no space left', sinceMs: clock.wallMs() });
    await beats(140);
    expect(ofTrouble(announcer.announced)).toEqual(['store pending']);
    await beats(20);
    expect(ofTrouble(announcer.announced)).toEqual(['store pending', 'store firing']);
    troubles.pop();
    await beats(40);
    expect(ofTrouble(announcer.announced).at(-1)).toBe('store resolved');
  });

  it('is told while a cycle does not end, because the alerts are stepped beside it', async () => {
    const { cycle, host, troubles, announcer, clock, beats } = scene();
    await beats(3);
    host.readTable = () => new Promise(() => undefined);
    void cycle.beat();
    await Promise.resolve();
    troubles.push({ part: 'stall', message: 'no beat has ended', sinceMs: clock.wallMs() });
    for (let second = 0; second <= 62; second += 1) {
      clock.advance(1000);
      cycle.stepWithoutReading();
    }
    expect(ofTrouble(announcer.announced)).toEqual(['stall pending', 'stall firing']);
  });

  it('a source that had worked and was passed over is reported until it is used again', async () => {
    const { host, health, beats } = scene();
    const read = host.readTable.bind(host);
    await beats(2);
    expect(health.problems.size).toBe(0);
    host.readTable = async () => ({
      ...(await read()),
      source: { name: 'procfs', why: 'netlink passed over because it failed' },
    });
    await beats(16);
    expect(health.problems.get('fallback')).toBe(
      'procfs reads the socket table in place of netlink: netlink passed over because it failed',
    );
    host.readTable = read;
    await beats(16);
    expect(health.problems.size).toBe(0);
  });
});
