/** Zooming and moving a span of time. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  choosePoints,
  fitSpan,
  LONGEST_MS,
  moveSpan,
  pinchSpan,
  readStepKey,
  SHORTEST_MS,
  stepSpan,
  widenSpan,
  zoomSpan,
  type Span,
} from '../../../../dashboard/src/chart/span.js';

const END_MS = 1_800_000_000_000;
const HOUR: Span = { fromMs: END_MS - 7_200_000, toMs: END_MS - 3_600_000 };
const lengthOf = ({ fromMs, toMs }: Span): number => toMs - fromMs;

describe('zooming', () => {
  it('keeps the instant under the pointer in its place', () => {
    const aboutMs = HOUR.fromMs + 900_000;
    const span = zoomSpan(HOUR, 0.5, aboutMs, END_MS);
    expect(lengthOf(span)).toBe(1_800_000);
    expect((aboutMs - span.fromMs) / lengthOf(span)).toBeCloseTo(0.25);
  });

  it('in and out again leads back', () => {
    const there = stepSpan(HOUR, 'in', END_MS);
    expect(lengthOf(there)).toBe(1_800_000);
    expect(stepSpan(there, 'out', END_MS)).toEqual(HOUR);
  });

  it('at the present keeps the present', () => {
    const now = { fromMs: END_MS - 3_600_000, toMs: END_MS };
    expect(stepSpan(now, 'in', END_MS)).toEqual({ fromMs: END_MS - 1_800_000, toMs: END_MS });
  });

  it('ends at the shortest and at the longest span', () => {
    let span = HOUR;
    for (let press = 0; press < 50; press += 1) span = stepSpan(span, 'in', END_MS);
    expect(lengthOf(span)).toBe(SHORTEST_MS);
    for (let press = 0; press < 80; press += 1) span = stepSpan(span, 'out', END_MS);
    expect(lengthOf(span)).toBe(LONGEST_MS);
  });
});

describe('moving', () => {
  it('keeps the length, and never goes beyond the present', () => {
    expect(moveSpan(HOUR, 60_000, END_MS)).toEqual({ fromMs: HOUR.fromMs + 60_000, toMs: HOUR.toMs + 60_000 });
    expect(moveSpan(HOUR, 9e9, END_MS)).toEqual({ fromMs: END_MS - 3_600_000, toMs: END_MS });
    expect(stepSpan(HOUR, 'earlier', END_MS).fromMs).toBe(HOUR.fromMs - 900_000);
    expect(stepSpan(HOUR, 'later', END_MS).fromMs).toBe(HOUR.fromMs + 900_000);
  });

  it('does not go before the epoch', () => {
    expect(moveSpan({ fromMs: 1000, toMs: 61_000 }, -5e6, END_MS)).toEqual({ fromMs: 0, toMs: 60_000 });
  });
});

describe('two fingers', () => {
  it('that move apart zoom in about the middle between them', () => {
    const span = pinchSpan(HOUR, [0.4, 0.6], [0.3, 0.7], END_MS);
    expect(lengthOf(span)).toBeCloseTo(1_800_000);
    expect((span.fromMs + span.toMs) / 2).toBeCloseTo((HOUR.fromMs + HOUR.toMs) / 2);
  });

  it('that keep their distance move', () => {
    const span = pinchSpan(HOUR, [0.2, 0.4], [0.3, 0.5], END_MS);
    expect(lengthOf(span)).toBeCloseTo(3_600_000);
    expect(span.fromMs).toBeCloseTo(HOUR.fromMs - 360_000);
  });

  it('at one place do not make the span endless', () => {
    expect(lengthOf(pinchSpan(HOUR, [0.5, 0.5], [0.5, 0.5], END_MS))).toBeCloseTo(3_600_000);
    expect(lengthOf(pinchSpan(HOUR, [0, 1], [0.5, 0.5], END_MS))).toBeLessThanOrEqual(LONGEST_MS);
  });
});

describe('any gesture', () => {
  it('leads to a span of a legal length that does not end after the present', () => {
    const place = fc.double({ min: -2, max: 3, noNaN: true });
    const spans = fc.record({
      from: fc.integer({ min: 0, max: END_MS }),
      length: fc.integer({ min: 0, max: 2 * LONGEST_MS }),
    });
    fc.assert(
      fc.property(spans, place, place, place, place, ({ from, length }, a, b, c, d) => {
        const span = fitSpan({ fromMs: from, toMs: from + length }, END_MS);
        for (const next of [
          span,
          pinchSpan(span, [a, b], [c, d], END_MS),
          zoomSpan(span, Math.abs(a), from, END_MS),
          moveSpan(span, b * length, END_MS),
        ]) {
          expect(lengthOf(next)).toBeGreaterThanOrEqual(SHORTEST_MS - 1);
          expect(lengthOf(next)).toBeLessThanOrEqual(LONGEST_MS + 1);
          expect(next.fromMs).toBeGreaterThanOrEqual(0);
          expect(next.toMs).toBeLessThanOrEqual(Math.max(END_MS, LONGEST_MS) + 1);
        }
      }),
      { seed: 7, numRuns: 200 },
    );
  });
});

describe('what is requested', () => {
  it('is half of the length more on each side, but not beyond the present', () => {
    expect(widenSpan(HOUR, END_MS)).toEqual({ fromMs: HOUR.fromMs - 1_800_000, toMs: HOUR.toMs + 1_800_000 });
    const now = { fromMs: END_MS - 3_600_000, toMs: END_MS };
    expect(widenSpan(now, END_MS)).toEqual({ fromMs: END_MS - 5_400_000, toMs: END_MS });
  });

  it('has one step for each pixel that is shown, and never more than one answer may have', () => {
    expect(choosePoints(widenSpan(HOUR, END_MS), HOUR, 700)).toBe(1400);
    expect(choosePoints(widenSpan(HOUR, END_MS), HOUR, 5000)).toBe(2000);
    expect(choosePoints(HOUR, HOUR, 1)).toBe(60);
  });
});

describe('the keys', () => {
  it.each([
    ['+', 'in'],
    ['=', 'in'],
    ['-', 'out'],
    ['ArrowLeft', 'earlier'],
    ['ArrowRight', 'later'],
    ['0', 'reset'],
    ['Escape', 'reset'],
    ['a', null],
    ['Tab', null],
  ])('%s does %s', (key, step) => {
    expect(readStepKey(key)).toBe(step);
  });
});
