import { describe, expect, it } from 'vitest';
import type { Change, Figures } from '../../../daemon/change/change.js';
import { describeEffect, failedPerSecond, titleChange } from '../../../daemon/change/sentence.js';
import { changeToWire } from '../../../daemon/wire/change.js';
import { watchChanges } from '../../builders/changing-host.js';
import { churn, world } from '../../builders/host-scene.js';
import { requireValue } from '../../builders/require-value.js';
import { limitsOf, type World } from '../../tools/simulator/world.js';

const MINUTE_S = 60;
const at = (minute: number): number => minute * MINUTE_S * 1000;
const WIDE = { range: { first: 20_000, last: 29_999 } };
const NARROW = { range: { first: 20_000, last: 20_999 } };

function sides(change: Change | undefined): { before: Figures; after: Figures } {
  const pool = requireValue(requireValue(change).pools[0]);
  return { before: requireValue(pool.before), after: requireValue(pool.after) };
}

describe('a wider range under load', () => {
  const widened = world([churn(20)], { changes: [{ atMs: at(10), limits: WIDE }] });

  it('shows by itself what it did to the pool', async () => {
    const host = watchChanges(widened);
    await host.runTo(23 * MINUTE_S);
    expect(host.stored()).toHaveLength(1);
    const [change] = host.stored();
    expect(requireValue(change)).toMatchObject({ kind: 'setting', isOver: true, notBeforeMs: null, times: 1 });
    expect(titleChange(requireValue(change))).toBe('ip_local_port_range 20000 20999 -> 20000 29999');
    expect(describeEffect(requireValue(change))).toMatch(
      /^port use of 10\.0\.0\.2:443 fell from 98% to 12%, failed connects from 3\.\d+\/s to 0$/,
    );
    const { before, after } = sides(change);
    // 20/s for 61 s on the mean, of 10,000 ports.
    expect(after).toMatchObject({ capacity: 10_000, failed: 0, exhaustsAtMs: null });
    expect(after.used).toBeGreaterThan(1180);
    expect(after.used).toBeLessThan(1280);
    expect(after.closeRate).toBeCloseTo(20, -1);
    expect(after.seenMs).toBeCloseTo(600_000, -4);
    expect(after.probability).toBe(0);
    expect(before).toMatchObject({ capacity: 1000, usedMax: 1000, rateAtLeast: true });
    // Of the first two minutes, in which the pool fills, nothing is counted.
    expect(before.failed).toBeGreaterThan(1500);
    expect(failedPerSecond(before)).toBeGreaterThan(3);
    expect(before.probability).toBeGreaterThan(0.9);
  });

  it('fills in with time, and leaves out the time in which ports closed before are still held', async () => {
    const host = watchChanges(widened);
    const wire = () => changeToWire(requireValue(host.tracker().listKnown()[0]), host.test.clock.wallMs());
    await host.runTo(10 * MINUTE_S + 30);
    expect(wire()).toMatchObject({ state: 'settling', afterSeenSeconds: 0 });
    await host.runTo(13 * MINUTE_S + 4);
    expect(wire()).toMatchObject({ state: 'measuring', beforeSpanSeconds: 600, afterSpanSeconds: 600 });
    expect(wire().afterSeenSeconds).toBeGreaterThan(110);
    expect(wire().afterSeenSeconds).toBeLessThan(130);
    expect(wire().text).toMatch(
      /^ip_local_port_range 20000 20999 -> 20000 29999 at 2026-01-05 12:10 UTC: port use of 10\.0\.0\.2:443 fell/,
    );
    await host.runTo(22 * MINUTE_S);
    expect(wire()).toMatchObject({ state: 'over' });
  });

  it('is seen across a step of the wall clock in either direction', async () => {
    for (const stepMs of [-3_600_000, 7_200_000]) {
      const host = watchChanges(widened, { beatSeconds: 5 });
      await host.runTo(9 * MINUTE_S);
      host.stepWall(stepMs);
      await host.runTo(15 * MINUTE_S);
      host.stepWall(-stepMs);
      await host.runTo(23 * MINUTE_S);
      expect(host.stored()).toHaveLength(1);
      const { before, after } = sides(host.stored()[0]);
      expect(after.seenMs > 580_000 && after.seenMs < 620_000).toBe(true);
      // Without the two minutes in which the new pool fills.
      expect(before.seenMs > 460_000 && before.seenMs < 500_000).toBe(true);
      expect(after.used / after.capacity).toBeCloseTo(0.12, 1);
    }
  });
});

describe('tcp_tw_reuse', () => {
  it('that is switched on ends the failed connects', async () => {
    const of = world([churn(20)], {
      limits: limitsOf({ twReuse: 0 }),
      changes: [{ atMs: at(8), limits: { twReuse: 1 } }],
    });
    const host = watchChanges(of);
    await host.runTo(20 * MINUTE_S);
    expect(host.stored()).toHaveLength(1);
    const change = requireValue(host.stored()[0]);
    expect(titleChange(change)).toBe('tcp_tw_reuse 0 -> 1');
    const { before, after } = sides(change);
    expect(before.failed).toBeGreaterThan(1000);
    expect(after.failed).toBe(0);
    expect(describeEffect(change)).toMatch(/failed connects from 3\.\d+\/s to 0/);
  });
});

describe('settings that are changed while nothing is sampled', () => {
  const of = world([churn(10)], { changes: [{ atMs: at(20), limits: WIDE }] });

  it('are found at the next start, with the figures that were stored before', async () => {
    const host = watchChanges(of);
    await host.runTo(15 * MINUTE_S);
    host.stop();
    host.start(40 * MINUTE_S);
    await host.runTo(54 * MINUTE_S);
    expect(host.stored()).toHaveLength(1);
    const change = requireValue(host.stored()[0]);
    expect(change.notBeforeMs).toBeLessThan(change.atMs - 24 * MINUTE_S * 1000);
    const { before, after } = sides(change);
    expect(before.used / before.capacity).toBeCloseTo(0.61, 1);
    expect(before.closeRate).toBeCloseTo(10, 0);
    // They are not in the stored minutes.
    expect(before).toMatchObject({ failed: null, probability: null, capacity: 1000 });
    expect(after.used / after.capacity).toBeCloseTo(0.061, 2);
    expect(changeToWire(change, change.atMs).text).toMatch(
      /between 2026-01-05 12:1[45] UTC and 2026-01-05 12:40 UTC: port use of 10\.0\.0\.2:443 fell from 61% to 6/,
    );
  });

  it('are no change where the first start sees them', async () => {
    const host = watchChanges(of);
    host.start(40 * MINUTE_S);
    await host.runTo(45 * MINUTE_S);
    expect(host.stored()).toEqual([]);
    const range = host
      .tracker()
      .listSettings()
      .find(({ name }) => name === 'net.ipv4.ip_local_port_range');
    expect(range).toMatchObject({ value: '20000\t29999', sinceMs: null });
  });
});

describe('a restart while the time after goes on', () => {
  it('goes on with what was seen, and says how much of the time was not', async () => {
    const host = watchChanges(world([churn(20)], { changes: [{ atMs: at(10), limits: WIDE }] }));
    await host.runTo(15 * MINUTE_S);
    host.stop();
    host.start(17 * MINUTE_S);
    await host.runTo(23 * MINUTE_S);
    expect(host.stored()).toHaveLength(1);
    const { before, after } = sides(host.stored()[0]);
    // Of the first two minutes, in which the pool fills, nothing is counted.
    expect(before.failed).toBeGreaterThan(1500);
    expect(after.seenMs).toBeGreaterThan(420_000);
    expect(after.seenMs).toBeLessThan(540_000);
    expect(after.used / after.capacity).toBeCloseTo(0.12, 1);
  });

  it('is over where the daemon was away for longer than that', async () => {
    const host = watchChanges(world([churn(20)], { changes: [{ atMs: at(10), limits: WIDE }] }));
    await host.runTo(15 * MINUTE_S);
    host.stop();
    host.start(60 * MINUTE_S);
    await host.runTo(62 * MINUTE_S);
    expect(host.stored()).toMatchObject([{ isOver: true }]);
    expect(sides(host.stored()[0]).after.seenMs).toBeLessThan(300_000);
  });
});

describe('a setting that is changed again and again', () => {
  const flip = (everyS: number, untilMin: number): NonNullable<World['changes']> =>
    Array.from({ length: Math.floor(((untilMin - 10) * 60) / everyS) }, (_, index) => ({
      atMs: at(10) + index * everyS * 1000,
      limits: index % 2 === 0 ? WIDE : NARROW,
    }));

  it('back after a while is a second change, whose time before is the one after the first', async () => {
    const host = watchChanges(world([churn(12)], { changes: flip(300, 20) }));
    await host.runTo(30 * MINUTE_S);
    const [first, second] = host.stored();
    expect(host.stored()).toHaveLength(2);
    expect(requireValue(first).isOver).toBe(true);
    expect(sides(first).after.seenMs).toBeLessThan(300_000);
    expect(sides(second).before).toMatchObject({ capacity: 10_000 });
    expect(sides(second).before.used).toBeCloseTo(sides(first).after.used, 0);
    expect(titleChange(requireValue(second))).toBe('ip_local_port_range 20000 29999 -> 20000 20999');
  });

  it('is one record where the changes follow one another at once, and a few in an hour at most', async () => {
    const soon = watchChanges(world([churn(12)], { changes: flip(30, 20) }), { beatSeconds: 10 });
    await soon.runTo(32 * MINUTE_S);
    expect(soon.stored()).toHaveLength(1);
    expect(requireValue(soon.stored()[0]).times).toBe(20);
    const slow = watchChanges(world([churn(2)], { changes: flip(100, 70) }), { beatSeconds: 10 });
    await slow.runTo(72 * MINUTE_S);
    expect(slow.stored()).toHaveLength(12);
    expect(slow.stored().reduce((sum, { times }) => sum + times, 0)).toBe(36);
  });
});
