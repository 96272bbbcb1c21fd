/**
 * The families of the scoreboard and the ranges from which their cases are drawn. This file defines what a step or a
 * burst is. Rates are shares of the limit, capacity / (60 s + g), so that one range serves every capacity.
 */
import type { Family } from './family.js';
import { PROGRAM_FAMILIES } from './programs/families.js';
import {
  createStep,
  createSettlingStep,
  createRamp,
  createBurst,
  createKnownBursts,
  createLeak,
  createDailyPattern,
  createFlatRate,
  disperseArrivals,
  DEFAULT_SCENARIO,
  DISPERSION_SHOWS_S,
  PACED,
} from './scenarios.js';

const PLAN_FAMILIES: readonly Family[] = [
  {
    name: 'steady below',
    cases: { 1000: 120, 28232: 110 },
    draw: (draw) => ({ ...DEFAULT_SCENARIO, churn: createFlatRate(draw.between(0.5, 1)), endS: 240 }),
  },
  {
    name: 'steady above',
    cases: { 1000: 50, 28232: 40 },
    draw: (draw) => ({ ...DEFAULT_SCENARIO, churn: createFlatRate(draw.between(1, 2)), onsetS: 0, endS: 200 }),
  },
  {
    name: 'settling step',
    cases: { 1000: 120, 28232: 110 },
    draw: (draw) => createSettlingStep(draw, draw.between(70, 90)),
  },
  { name: 'step', cases: { 1000: 120, 28232: 90 }, draw: (draw) => createStep(draw, draw.between(70, 90)) },
  {
    name: 'step, every 1 s',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => ({ ...createStep(draw, draw.between(70, 90)), sampleS: 1 }),
  },
  {
    name: 'step, every 5 s',
    cases: { 1000: 50, 28232: 50 },
    draw: (draw) => ({ ...createStep(draw, draw.between(70, 90)), sampleS: 5 }),
  },
  {
    name: 'step, every 15 s',
    cases: { 1000: 60, 28232: 60 },
    draw: (draw) => ({ ...createStep(draw, draw.between(70, 90)), sampleS: 15 }),
  },
  {
    name: 'step, over-dispersed',
    cases: { 1000: 70, 28232: 50 },
    draw: (draw) => disperseArrivals(draw, createStep(draw, DISPERSION_SHOWS_S, [1.3, 2.5])),
  },
  {
    name: 'steady, over-dispersed',
    cases: { 1000: 60, 28232: 30 },
    draw: (draw) =>
      disperseArrivals(draw, { ...DEFAULT_SCENARIO, churn: createFlatRate(draw.between(0.4, 0.95)), endS: 540 }),
  },
  {
    name: 'settling step, over-dispersed',
    cases: { 1000: 50, 28232: 24 },
    draw: (draw) => disperseArrivals(draw, createSettlingStep(draw, DISPERSION_SHOWS_S)),
  },
  {
    name: 'step, paced',
    cases: { 1000: 40, 28232: 20 },
    draw: (draw) => ({ ...createStep(draw, draw.between(70, 90)), arrivals: PACED }),
  },
  { name: 'ramp that goes over', cases: { 1000: 60, 28232: 30 }, draw: (draw) => createRamp(draw, [1.25, 2]) },
  { name: 'ramp that settles', cases: { 1000: 50, 28232: 14 }, draw: (draw) => createRamp(draw, [0.5, 0.85]) },
  { name: 'burst that stops', cases: { 1000: 60, 28232: 50 }, draw: (draw) => createBurst(draw, 0, [0.1, 0.95]) },
  {
    name: 'burst on a base that stops',
    cases: { 1000: 50, 28232: 40 },
    draw: (draw) => createBurst(draw, draw.between(0.1, 0.7), [0.1, 0.95]),
  },
  { name: 'known burst', cases: { 1000: 90, 28232: 8 }, draw: (draw) => createKnownBursts(draw) },
  { name: 'leak', cases: { 1000: 40, 28232: 30 }, draw: (draw) => createLeak(draw, { churn: 0, stops: false }) },
  {
    name: 'leak that stops',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => createLeak(draw, { churn: 0, stops: true }),
  },
  {
    name: 'churn and leak',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => createLeak(draw, { churn: draw.between(0.2, 0.7), stops: false }),
  },
  {
    name: 'churn and a leak that stops',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => createLeak(draw, { churn: draw.between(0.2, 0.6), stops: true }),
  },
  { name: 'daily pattern', cases: { 1000: 12, 28232: 4 }, draw: (draw) => createDailyPattern(draw) },
  {
    name: 'many destinations',
    cases: { 1000: 24, 28232: 8 },
    draw: (draw) => ({ ...createStep(draw, draw.between(70, 90)), destinations: Math.floor(draw.between(3, 8)) }),
  },
  {
    name: 'reuse on loopback',
    cases: { 1000: 24, 28232: 10 },
    // Above the limit without reuse, and far below the limit with it.
    draw: (draw) => ({ ...DEFAULT_SCENARIO, churn: createFlatRate(draw.between(1, 3)), endS: 150, reuse: 'loopback' }),
  },
  {
    name: 'range shrinks',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => {
      const atS = draw.between(80, 120);
      const shrinks = { atS, to: draw.between(0.3, 0.7) };
      return {
        ...DEFAULT_SCENARIO,
        churn: createFlatRate(draw.between(0.2, 0.8)),
        onsetS: atS,
        endS: atS + 150,
        shrinks,
      };
    },
  },
  {
    name: 'step, missed samples',
    cases: { 1000: 40, 28232: 30 },
    draw: (draw) => ({ ...createStep(draw, draw.between(70, 90)), missed: draw.between(0.2, 0.6) }),
  },
];

/** The seeds of a family depend on its place, so new families come last. */
export const FAMILIES: readonly Family[] = [...PLAN_FAMILIES, ...PROGRAM_FAMILIES];
