/** The families made from programs: what they state about themselves is what the simulator plays. */
import { describe, expect, it } from 'vitest';
import { simulate } from '../../simulator/simulate.js';
import { selectCases } from '../case-pool.js';
import { createCase, createWorld } from '../case.js';
import { FAMILIES } from '../families.js';
import { PROGRAM_FAMILIES } from './families.js';

const CASES_PLAYED = 2;
const SEEDS = [11_000_000, 12_000_000];

describe.each(PROGRAM_FAMILIES.map((family) => ({ name: family.name, family })))('$name', ({ family }) => {
  it('runs out of ports exactly where it says so, and not before the traffic that leads to it', () => {
    for (const first of SEEDS) {
      for (let seed = first; seed < first + CASES_PLAYED; seed += 1) {
        const of = createCase(family, 1000, seed);
        const { program, onsetS, endS, scoredFromS } = of.scenario;
        const simulation = simulate(createWorld(of));
        simulation.runTo(1000 * endS);
        const failedAt = simulation.failedAt();
        expect({ seed, fails: failedAt !== null }).toEqual({ seed, fails: program?.exhausts });
        expect(onsetS === null).toBe(failedAt === null);
        if (failedAt !== null) expect(failedAt).toBeGreaterThan(1000 * (onsetS ?? Infinity));
        expect(scoredFromS).toBeLessThan(onsetS ?? endS);
      }
    }
  });
});

it('come after the families with a plan of rates, so that the seeds of those stay as they were', () => {
  const kinds = FAMILIES.map(({ kind }) => kind ?? 'plan');
  expect(kinds.lastIndexOf('plan')).toBeLessThan(kinds.findIndex((kind) => kind !== 'plan'));
  expect(new Set(FAMILIES.map(({ name }) => name)).size).toBe(FAMILIES.length);
  const first = selectCases({ set: 'scoring', every: 1, family: 'step, missed samples', capacity: '28232' })[0];
  expect(first?.seed).toBe(9_000_000 + 24 * 10_000 + 5000);
});

it('are played alone where only they are wanted', () => {
  const names = new Set(selectCases({ set: 'tuning', every: 2, programs: true }).map(({ family }) => family));
  expect([...names]).toEqual(PROGRAM_FAMILIES.map(({ name }) => name));
});

it('have paced arrivals and Poisson ones', () => {
  const family = PROGRAM_FAMILIES[0];
  if (family === undefined) throw new Error('there is no family');
  const kinds = Array.from({ length: 20 }, (_, seed) => createCase(family, 1000, seed).scenario.arrivals.kind);
  expect(new Set(kinds)).toEqual(new Set(['paced', 'poisson']));
});
