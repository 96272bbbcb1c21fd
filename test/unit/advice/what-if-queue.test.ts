import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { freeEvenly, recoverCloses, runQueue, type QueueStep } from '../../../daemon/advice/what-if-queue.js';

const none = (): number => 0;
const even = (count: number, step: QueueStep): QueueStep[] => Array.from({ length: count }, () => step);

/** The reference: every port by itself, taken at an instant and free again one hold later. */
function simulatePorts(capacity: number, holdMs: number, closesAtMs: readonly number[]) {
  const freeAtMs: number[] = new Array<number>(capacity).fill(0);
  let fullAtMs: number | null = null;
  let refused = 0;
  for (const atMs of closesAtMs) {
    const port = freeAtMs.findIndex((free) => free <= atMs);
    if (port < 0) {
      refused += 1;
      continue;
    }
    freeAtMs[port] = atMs + holdMs;
    if (freeAtMs.every((free) => free > atMs)) fullAtMs ??= atMs;
  }
  return { fullAtMs, refused, countAt: (ms: number) => freeAtMs.filter((free) => free > ms).length };
}

describe('runQueue', () => {
  it('fills a pool at a steady rate after capacity / rate, exactly', () => {
    const steps = even(120, { capacity: 1000, live: 0, closes: 25 });
    const { used, fullAtMs, fullMs } = runQueue({ stepMs: 1000, holdMs: 60_000, held: 0, freedBy: none, steps }, 0);
    expect(fullAtMs).toBeCloseTo(40_000, 6);
    expect(used[29]).toBeCloseTo(750, 6);
    expect(Math.max(...used)).toBe(1000);
    // From 60 s on as many ports come free as were closed a hold before: out from 40 to 60 s, and again from 100 s on.
    expect(fullMs).toBeGreaterThan(39_000);
  });

  it('settles at rate x hold where that is below the capacity, in steps of any length', () => {
    for (const stepMs of [500, 1000, 7000, 61_000, 200_000]) {
      const steps = even(Math.ceil(400_000 / stepMs), { capacity: 1000, live: 10, closes: (12 * stepMs) / 1000 });
      const { used, fullAtMs } = runQueue({ stepMs, holdMs: 62_000, held: 0, freedBy: none, steps }, 10);
      expect(used.at(-1)).toBeCloseTo(10 + 12 * 62, 6);
      expect(fullAtMs).toBeNull();
    }
  });

  it('keeps a settled pool where it is, and lets what was held before come free', () => {
    const settled = { stepMs: 1000, holdMs: 60_000, held: 600, freedBy: freeEvenly(600, 60_000) };
    const busy = runQueue({ ...settled, steps: even(200, { capacity: 1000, live: 5, closes: 10 }) }, 605);
    for (const used of busy.used) expect(used).toBeCloseTo(605, 6);
    const quiet = runQueue({ ...settled, steps: even(70, { capacity: 1000, live: 5, closes: 0 }) }, 605);
    expect(quiet.used[29]).toBeCloseTo(305, 6);
    expect(quiet.used.at(-1)).toBeCloseTo(5, 6);
  });

  it('is as a reference that follows every port (property)', () => {
    const phases = fc.array(fc.tuple(fc.integer({ min: 1, max: 40 }), fc.integer({ min: 0, max: 12 })), {
      minLength: 1,
      maxLength: 6,
    });
    fc.assert(
      fc.property(phases, fc.integer({ min: 5, max: 300 }), fc.integer({ min: 2, max: 30 }), (list, capacity, hold) => {
        const stepMs = 1000;
        const perStep = list.flatMap(([seconds, rate]) => new Array<number>(seconds).fill(rate));
        const steps = perStep.map((closes): QueueStep => ({ capacity, live: 0, closes }));
        // Within a step the closes are even, each in the middle of its share.
        const closesAtMs = perStep.flatMap((closes, index) =>
          Array.from({ length: closes }, (_, i) => (index + (i + 0.5) / closes) * stepMs),
        );
        const holdMs = hold * stepMs;
        const { used, fullAtMs } = runQueue({ stepMs, holdMs, held: 0, freedBy: none, steps }, 0);
        const reference = simulatePorts(capacity, holdMs, closesAtMs);
        const most = Math.max(...perStep);
        // Ports are whole and instants are those of closes, so both may be apart by the closes of about one step.
        expect(Math.abs((used.at(-1) ?? 0) - reference.countAt(perStep.length * stepMs))).toBeLessThanOrEqual(most + 1);
        if (reference.refused > 2) expect(fullAtMs).not.toBeNull();
        // Where the count comes within a port of the capacity, a part of a port decides whether the pool is full. So the instant
        // lies between those of a pool with one port less and of a pool with one port more.
        const fullWith = (ports: number): number => simulatePorts(ports, holdMs, closesAtMs).fullAtMs ?? Infinity;
        expect(fullAtMs ?? Infinity).toBeGreaterThanOrEqual(fullWith(capacity - 1) - stepMs);
        expect(fullAtMs ?? 0).toBeLessThanOrEqual(fullWith(capacity + 1) + stepMs);
      }),
    );
  });
});

describe('recoverCloses', () => {
  it('gives the closes back that led to the counts, and so the same counts again (property)', () => {
    const closes = fc.array(fc.integer({ min: 0, max: 50 }), { minLength: 2, maxLength: 120 });
    fc.assert(
      fc.property(
        closes,
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 0, max: 500 }),
        (list, holdSteps, held) => {
          const [stepMs, holdMs] = [2000, holdSteps * 2000];
          const steps = list.map((count): QueueStep => ({ capacity: 1e9, live: 0, closes: count }));
          const counts = runQueue({ stepMs, holdMs, held, freedBy: freeEvenly(held, holdMs), steps }, held).used;
          const recovered = recoverCloses(counts, held, { stepMs, holdMs });
          recovered.closes.forEach((count, index) => expect(count).toBeCloseTo(list[index] ?? NaN, 6));
          const again = runQueue(
            {
              stepMs,
              holdMs,
              held,
              freedBy: freeEvenly(held, holdMs),
              steps: steps.map((step, i) => ({ ...step, closes: recovered.closes[i] ?? 0 })),
            },
            held,
          );
          again.used.forEach((used, index) => expect(used).toBeCloseTo(counts[index] ?? NaN, 6));
        },
      ),
    );
  });

  it('takes ports that come free early for the oldest ones', () => {
    const { closes, agesMs } = recoverCloses([10, 20, 30, 20, 20], 0, { stepMs: 1000, holdMs: 10_000 });
    expect(closes).toEqual([10, 10, 10, 0, 0]);
    expect(agesMs[3]).toBeCloseTo(3000, -1);
  });

  it('spreads what was closed in a silence over it, and after a long one over the last hold', () => {
    const short = recoverCloses([10, null, null, 40], 0, { stepMs: 1000, holdMs: 60_000 }).closes;
    expect(short).toEqual([10, 10, 10, 10]);
    const counts = [10, ...new Array<null>(9).fill(null), 40];
    const long = recoverCloses(counts, 0, { stepMs: 1000, holdMs: 4000 }).closes;
    expect(long.slice(-4)).toEqual([10, 10, 10, 10]);
    expect(long.slice(1, -4).every((count) => count === 0)).toBe(true);
  });

  it('with a hold below the step takes the count as its share of the closes', () => {
    expect(recoverCloses([30, 0], 0, { stepMs: 60_000, holdMs: 30_000 }).closes).toEqual([60, 0]);
  });
});
