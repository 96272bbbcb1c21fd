/** The computed effects against a simulation of the queue, connection by connection, and the ranking. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  AMPLE_PRESSURE,
  computeEffect,
  findLeastRequests,
  rankRemedies,
  timeToFill,
  type Load,
} from '../../../daemon/advice/effect.js';
import { buildRemedy, computeOnPorts, computeSpread, describeEffect } from '../../../daemon/advice/build-remedy.js';

/** Opens and closes one connection after the other at a steady rate, each of which holds a port for `holdMs` after it. */
function simulate(
  { capacity, live, rate, holdMs }: Load,
  seconds: number,
): { peak: number; exhaustedAt: number | null } {
  const releases: number[] = [];
  let [peak, next] = [live, 0];
  for (let count = 0; ; count++) {
    const at = (count * 1000) / rate;
    if (at > seconds * 1000) return { peak, exhaustedAt: null };
    while (next < releases.length && (releases[next] ?? 0) <= at) next++;
    const held = live + releases.length - next;
    if (held >= capacity) return { peak: held, exhaustedAt: at / 1000 };
    releases.push(at + holdMs);
    peak = Math.max(peak, held + 1);
  }
}

const loads = fc
  .record({
    capacity: fc.integer({ min: 20, max: 2000 }),
    liveShare: fc.double({ min: 0, max: 0.9, noNaN: true }),
    rate: fc.double({ min: 0.5, max: 100, noNaN: true }),
    holdMs: fc.integer({ min: 500, max: 62_048 }),
  })
  .map(({ capacity, liveShare, rate, holdMs }): Load => {
    const live = Math.floor(capacity * liveShare);
    return { capacity, live, held: live, rate, holdMs };
  });

describe('the computed effect', () => {
  it('is what a simulation of the queue shows: never or when, and where use settles', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const { pressure, secondsToExhaustion } = computeEffect(load);
        const settles = (pressure ?? 0) * load.capacity;
        const { peak, exhaustedAt } = simulate(load, (3 * load.holdMs) / 1000);
        // Within one connection of the boundary the phase of the first one decides.
        if (Math.abs(settles - load.capacity) <= 1.5) return;
        if (settles < load.capacity) {
          expect(secondsToExhaustion).toBeNull();
          expect(exhaustedAt).toBeNull();
          expect(Math.abs(peak - settles)).toBeLessThanOrEqual(1.5);
        } else {
          expect(exhaustedAt).not.toBeNull();
          expect(Math.abs((exhaustedAt ?? 0) - (secondsToExhaustion ?? 0))).toBeLessThanOrEqual(1.5 / load.rate);
        }
      }),
      { numRuns: 300 },
    );
  });

  it('of the least requests for each connection keeps the pool below 80%, and one less does not', () => {
    fc.assert(
      fc.property(loads, (load) => {
        const least = findLeastRequests(load);
        const pressureWith = (requests: number): number =>
          computeEffect({ ...load, rate: load.rate / requests }).pressure ?? 1;
        if (least === null) {
          expect(pressureWith(1e12)).toBeGreaterThanOrEqual(AMPLE_PRESSURE);
          return;
        }
        expect(pressureWith(least)).toBeLessThan(AMPLE_PRESSURE + 1e-9);
        if (least > 1) expect(pressureWith(least - 1)).toBeGreaterThanOrEqual(AMPLE_PRESSURE - 1e-9);
      }),
    );
  });

  it('of spreading over pools is that of each with its part of the load', () => {
    fc.assert(
      fc.property(loads, fc.integer({ min: 1, max: 8 }), (load, count) => {
        const spread = computeSpread(load, count);
        const together = computeOnPorts({ ...load, capacity: load.capacity * count });
        expect(spread.pressure).toBeCloseTo(together.pressure ?? 0, 9);
        expect(spread.ports).toBe(together.ports);
        expect(spread.sustainableRate).toBeCloseTo(together.sustainableRate ?? 0, 6);
      }),
    );
  });
});

describe('the judgement of a remedy', () => {
  const present = computeEffect({ capacity: 1000, live: 0, held: 0, rate: 32, holdMs: 60_000 });
  const judge = (rate: number) => {
    const effect = computeOnPorts({ capacity: 1000, live: 0, held: 0, rate, holdMs: 60_000 });
    return buildRemedy('keep_alive', { detail: '', verify: { text: '' }, effect }, present);
  };

  it.each([
    [8, 'helps', null, 'never runs out; settles at 48% of 1,000 ports'],
    [
      20,
      'delays',
      /then needs 120% of the ports, so they last for 50 s/,
      'runs out after 50 s; this rate needs 120% of 1,000 ports',
    ],
    [
      32,
      'does_nothing',
      /needs 192% of the ports, and without it 192%/,
      'runs out after 31 s; this rate needs 192% of 1,000 ports',
    ],
  ])('at %d/s is %s', (rate, status, reason, effect) => {
    const remedy = judge(rate);
    expect(remedy.status).toBe(status);
    if (reason === null) expect(remedy.reason).toBeNull();
    else expect(remedy.reason).toMatch(reason);
    expect(describeEffect(remedy)).toBe(effect);
  });
});

describe('the ranking', () => {
  const NAMES = ['keep_alive', 'tw_reuse', 'wider_range', 'server_closes', 'so_linger'] as const;
  const remedies = fc.uniqueArray(
    fc.record({ name: fc.constantFrom(...NAMES), pressure: fc.option(fc.double({ min: 0, max: 3, noNaN: true })) }),
    { selector: ({ name }) => name },
  );
  const rankOf = (pressure: number | null): number =>
    pressure === null ? 2 : pressure < 0.8 ? 0 : pressure < 1 ? 1 : 3;

  it('puts better effects first, connection reuse first among equals, and the one that loses data last', () => {
    fc.assert(
      fc.property(remedies, (given) => {
        const full = given.map((one) => ({ ...one, sustainableRate: null, secondsToExhaustion: null }));
        const ranked = rankRemedies(full);
        expect([...ranked].sort((a, b) => a.name.localeCompare(b.name))).toEqual(
          [...full].sort((a, b) => a.name.localeCompare(b.name)),
        );
        const others = ranked.filter(({ name }) => name !== 'so_linger');
        if (others.length < ranked.length) expect(ranked.at(-1)?.name).toBe('so_linger');
        const ranks = others.map(({ pressure }) => rankOf(pressure));
        expect(ranks).toEqual([...ranks].sort((a, b) => a - b));
        const reuse = others.findIndex(({ name }) => name === 'keep_alive');
        if (reuse > 0) expect(ranks[reuse - 1]).toBeLessThan(ranks[reuse] ?? 0);
      }),
    );
  });
});

describe('the time that growth needs', () => {
  it.each([
    [600, 0.5, 1200],
    [0, 0.5, 0],
    [-5, 0.5, 0],
    [600, 0, null],
    [600, -1, null],
    [600, 600 / (3650 * 86_400), 3650 * 86_400],
    [600, 599 / (3650 * 86_400), null],
    [63_512, 1e-304, null],
  ])('to take %d at %d per second is %j s', (count, growth, seconds) => {
    expect(timeToFill(count, growth)).toBe(seconds);
  });
});
