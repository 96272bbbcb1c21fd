/** The span of time in the address of a page. */
import { describe, expect, it } from 'vitest';
import { FIRST_RANGE, RANGES } from '../../../../dashboard/src/chart/ranges.js';
import { formatTimeParams, parseTimeParams } from '../../../../dashboard/src/chart/time-params.js';

const NOW_MS = 1_800_000_000_000;
const parse = (params: string) => parseTimeParams(params, NOW_MS);

describe('the address of a page', () => {
  it('without parameters shows the first range', () => {
    expect(parse('')).toEqual({ range: FIRST_RANGE, span: null, atMs: null, problem: null });
  });

  it.each(RANGES.map(({ key }) => key))('opens the range %s, and leads back to it', (key) => {
    const { range, span, problem } = parse(`range=${key}`);
    expect([range.key, span, problem]).toEqual([key, null, null]);
    expect(parse(formatTimeParams({ range, span })).range.key).toBe(key);
  });

  it('opens a span in epoch ms or ISO 8601, and leads back to it', () => {
    const span = { fromMs: NOW_MS - 60_000, toMs: NOW_MS - 30_000 };
    expect(parse(`from=${span.fromMs}&to=${span.toMs}`).span).toEqual(span);
    expect(parse(`from=${new Date(span.fromMs).toISOString()}&to=${new Date(span.toMs).toISOString()}`).span).toEqual(
      span,
    );
    expect(parse(formatTimeParams({ range: FIRST_RANGE, span })).span).toEqual(span);
  });

  it('opens the time around an instant', () => {
    const atMs = NOW_MS - 3_600_000;
    expect(parse(`at=${atMs}`)).toMatchObject({ atMs, span: { fromMs: atMs - 600_000, toMs: atMs + 600_000 } });
    expect(parse(`at=${atMs}&range=24h`).span).toEqual({ fromMs: atMs - 43_200_000, toMs: atMs + 43_200_000 });
  });

  it.each([
    ['range=2h', /range is "2h"; allowed: live, 15m, 1h/],
    ['at=soon', /at is "soon"/],
    ['at=-5', /at is "-5"/],
    ['at=0', /at is "0"/],
    [`at=${NOW_MS + 9e9}`, /allowed: an instant of the past/],
    ['at=99999999999999999999', /at is "9999/],
    ['from=1', /from and to are given together/],
    ['to=1', /from and to are given together/],
    ['from=5&to=5', /from is not before to/],
    ['from=9&to=5', /from is not before to/],
    ['from=1&to=1700000000000', /more than 400 days/],
    ['from=a&to=b', /from is "a"/],
    [`at=${'x'.repeat(500)}`, /^at is "x{40}\.\.\."/],
  ])('%s shows the first range and says why', (params, problem) => {
    const parsed = parse(params);
    expect(parsed.problem).toMatch(problem);
    expect([parsed.range, parsed.span, parsed.atMs]).toEqual([FIRST_RANGE, null, null]);
  });
});
