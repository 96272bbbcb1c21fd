/** The words of the page of a pool: what happened, the rows behind a chart, the score. */
import { describe, expect, it } from 'vitest';
import type { WirePoolScore } from '../../../../daemon/wire/pool-page.js';
import { describePoolScore } from '../../../../dashboard/src/words/pool-score.js';
import { drawPoolEvents, isInSpan, listPoolEvents } from '../../../../dashboard/src/words/pool-events.js';
import { readPortId } from '../../../../dashboard/src/words/port-id.js';
import { listStepRows } from '../../../../dashboard/src/words/step-rows.js';
import { CANNED_MARKS } from '../../../builders/page-documents.js';
import { cannedOutage, NOW_MS } from '../../../builders/wire-documents.js';

const NOTHING = { outages: [], changes: [], marks: null, kind: null, atMs: null, nowMs: NOW_MS };

describe('what happened to a pool', () => {
  it('is told in the order of time, each kind with a shape of its own', () => {
    const events = listPoolEvents({
      ...NOTHING,
      outages: [cannedOutage()],
      changes: [{ atMs: NOW_MS - 1000, text: 'tcp_tw_reuse 2 to 1' }],
      marks: {
        ...CANNED_MARKS,
        incidents: [{ id: 'i', state: 'open', openedAt: new Date(NOW_MS - 79_000).toISOString(), resolvedAt: null }],
      },
      atMs: NOW_MS - 500,
    });
    expect(events.map(({ atMs }) => atMs)).toEqual(events.map(({ atMs }) => atMs).toSorted((a, b) => a - b));
    expect(new Set(events.map(({ shape }) => shape))).toEqual(
      new Set(['failed', 'change', 'alert', 'incident', 'link']),
    );
    expect(events.find(({ shape }) => shape === 'alert')?.text).toBe('Imminent, critical: fired, resolved');
    expect(events.find(({ shape }) => shape === 'incident')?.href).toBe('#/incidents/i');
  });

  it('counts the failed connects on the mark of an outage', () => {
    const label = (failedConnects: number | null) =>
      listPoolEvents({ ...NOTHING, outages: [{ ...cannedOutage(), failedConnects }] })[0]?.label;
    expect(label(1234)).toBe('1,234 failed');
    expect(label(0)).toBe('out of ports');
    expect(label(null)).toBe('out of ports');
  });

  it('draws the newest where there are very many, and the table still has all', () => {
    const changes = Array.from({ length: 500 }, (_, index) => ({ atMs: index, text: 'x' }));
    const events = listPoolEvents({ ...NOTHING, changes });
    expect(events).toHaveLength(500);
    const drawn = drawPoolEvents(events);
    expect(drawn).toHaveLength(120);
    expect(drawn.at(-1)).toMatchObject({ kind: 'instant', atMs: 499 });
    expect(events.filter((event) => isInSpan(event, { fromMs: 10, toMs: 19 }))).toHaveLength(10);
  });
});

describe('the rows behind a chart', () => {
  const steps = Array.from({ length: 100 }, (_, index) => index);
  const history = {
    stepMs: 10,
    t: steps.map((step) => step * 10),
    min: { used: steps.map((step) => (step === 42 ? null : step)) },
    mean: {},
    max: { used: steps.map((step) => (step === 42 ? null : step + 100)) },
  };

  it('take steps together, and keep the least and the greatest', () => {
    const rows = listStepRows(history, 'used', { span: { fromMs: 0, toMs: 1000 }, limit: 10 });
    expect(rows).toHaveLength(10);
    expect(rows[0]).toEqual({ fromMs: 0, min: 0, max: 109 });
  });

  it('are those of the span only, with gaps as gaps', () => {
    const rows = listStepRows(history, 'used', { span: { fromMs: 410, toMs: 440 }, limit: 10 });
    expect(rows.map(({ max }) => max)).toEqual([141, null, 143]);
    expect(listStepRows(history, 'none', { span: { fromMs: 0, toMs: 20 }, limit: 10 })[0]?.max).toBeNull();
  });
});

describe('the score of a pool', () => {
  const empty: WirePoolScore = {
    days: 30,
    forecasts: 0,
    baseRate: null,
    brier: null,
    intervals: 0,
    coverage: null,
    outages: 0,
    warnedOutages: 0,
    leadMedianSeconds: null,
    warnings: { fulfilled: 0, unfulfilled: 0, unjustified: 0, late: 0, unknown: 0 },
    episodes: [],
  };

  it('has no sentence before anything was checked', () => {
    expect(describePoolScore(empty)).toEqual([]);
  });

  it('says how often it warned, how long before, and how many intervals held', () => {
    const warnings = { ...empty.warnings, fulfilled: 2, unjustified: 1, late: 1 };
    const known = { outages: 3, warnedOutages: 2, leadMedianSeconds: 40.6, warnings, intervals: 20, coverage: 0.9 };
    expect(describePoolScore({ ...empty, ...known })).toEqual([
      'The ports ran out 3 times in 30 days. A warning came before 2 of them, half of them at least 41 s before.',
      'Of 4 alerts that are over, 2 came true; 1 was unjustified; 1 came when the ports had run out already.',
      '18 of 20 intervals of 90% contained the instant at which the ports ran out.',
    ]);
    expect(describePoolScore({ ...empty, outages: 1 })).toEqual([
      'The ports ran out once in 30 days. No warning came before.',
    ]);
  });
});

describe('the id of a port series', () => {
  it.each([
    ['in_host_8080', { direction: 'in', address: null, port: 8080 }],
    ['out_host_10.0.0.2_443', { direction: 'out', address: '10.0.0.2', port: 443 }],
    ['out_ns~2F1_2001-db8--7_5432', { direction: 'out', address: '2001:db8::7', port: 5432 }],
    ['connect_host_10.0.0.1_10.0.0.2_443', null],
    ['nonsense', null],
  ])('%s', (id, expected) => {
    expect(readPortId(id)).toEqual(expected);
  });
});
