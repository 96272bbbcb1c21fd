import { describe, expect, it } from 'vitest';
import { addOutages } from '../../../daemon/alert/outages.js';
import { describeOutagesShortly, describeOutcome, formatLength } from '../../../daemon/alert/outcome.js';
import { summarizeResolved } from '../../../daemon/alert/summary.js';
import type { Outage } from '../../../daemon/outage/outage.js';
import { MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { calmForecast, T0 } from '../../builders/forecasts.js';
import { alert } from '../../builders/messages.js';
import { createOutage } from '../../builders/outage.js';

const CONNECT = { kind: 'connect' } as const;
const outcomeOf = (...outages: Partial<Outage>[]) =>
  describeOutcome({ outages: outages.map((changes) => createOutage(changes)) }, CONNECT);

describe('what became of an alert', () => {
  it.each<[string, Partial<Outage>, string]>([
    [
      'from when to when, how many connects failed, and how early the warning came',
      {},
      'Out of ports 17:58:36 to 17:59:06 UTC, 165 connects failed; the warning came 28 s before.',
    ],
    [
      'one failed connect, and that no warning came',
      { failedConnects: 1, warnedMs: null },
      'Out of ports 17:58:36 to 17:59:06 UTC, 1 connect failed; no warning came before.',
    ],
    [
      'that the number is an estimate',
      { failedConnects: 1984, isEstimated: true },
      'Out of ports 17:58:36 to 17:59:06 UTC, about 1,984 connects failed (estimated, not counted); the warning came 28 s before.',
    ],
    [
      'that the number is not known',
      { failedConnects: null },
      'Out of ports 17:58:36 to 17:59:06 UTC, failed connects not counted; the warning came 28 s before.',
    ],
    [
      'that nobody tried',
      { failedConnects: 0 },
      'Out of ports 17:58:36 to 17:59:06 UTC, no connect failed; the warning came 28 s before.',
    ],
    [
      'one instant',
      { lastMs: Date.UTC(2026, 0, 5, 17, 58, 36) + 200, warnedMs: 400 },
      'Out of ports at 17:58:36 UTC, 165 connects failed; the warning came 1 s before.',
    ],
    [
      'that it goes on',
      { isOver: false },
      'Out of ports since 17:58:36 UTC, 165 connects failed; the warning came 28 s before.',
    ],
  ])('states %s', (_, changes, text) => {
    expect(outcomeOf(changes)).toBe(text);
  });

  it('states that the ports did not run out, and nothing where outages are not followed', () => {
    expect(outcomeOf()).toBe('It did not run out.');
    expect(describeOutcome({}, CONNECT)).toBeNull();
  });

  it('names binds where bind() takes the ports', () => {
    expect(describeOutcome({ outages: [createOutage()] }, { kind: 'bind' })).toContain(', 165 binds failed;');
  });

  it('sums up several outages', () => {
    const second = { fromMs: Date.UTC(2026, 0, 5, 18, 4, 0), failedConnects: 632, warnedMs: null };
    expect(outcomeOf({}, second)).toBe(
      'Out of ports 2 times, first at 17:58:36, last at 18:04:30 UTC, for 60 s in all, 797 connects failed; the warning of the first came 28 s before.',
    );
    expect(outcomeOf({}, { ...second, failedConnects: null })).toContain('about 165 connects failed (estimated,');
    const outages = [createOutage(), createOutage(second)];
    expect(describeOutagesShortly({ outages }, CONNECT)).toBe('for 60 s, 797 connects failed');
    expect(describeOutagesShortly({ outages: [] }, CONNECT)).toBeNull();
  });

  it('counts a time in which several pools were out once', () => {
    const [first, second] = [createOutage(), createOutage({ poolId: 'b' })];
    const outages = [first, { ...second, lastMs: second.lastMs - 10_000 }, { ...second, lastMs: second.lastMs + 5000 }];
    expect(formatLength(outages)).toBe('35 s');
  });

  it('comes first in the sentence of the end, before the present use', () => {
    const pool = calmForecast({ used: 3, pressure: null });
    expect(summarizeResolved(alert({ outages: [createOutage()] }), pool, T0)).toBe(
      'Over. Out of ports 17:58:36 to 17:59:06 UTC, 165 connects failed; the warning came 28 s before. Now 3 of 1,000 in use.',
    );
    expect(summarizeResolved(alert({ outages: [] }), pool, T0)).toBe(
      'Over. It did not run out. Now 3 of 1,000 in use.',
    );
    expect(summarizeResolved(alert({ outages: [] }), null, T0)).toBe(
      'Over. It did not run out. No connection to 10.0.0.2:443 is left, so its ports are free.',
    );
  });
});

describe('the outages of an alert', () => {
  const outage = (secondsBefore: number, changes: Partial<Outage> = {}): Outage =>
    createOutage({ fromMs: T0 - secondsBefore * SECOND_MS, lastMs: T0 - secondsBefore * SECOND_MS + 500, ...changes });

  it('are those of its time, also one that began just before it, and never an older one', () => {
    const pending = alert({ pendingAtMs: T0 });
    const known = [outage(3600), outage(61.5), outage(2), outage(-5), outage(3600, { isOver: false })];
    expect(addOutages(pending, known).outages?.map(({ fromMs }) => (T0 - fromMs) / SECOND_MS)).toEqual([3600, 2, -5]);
  });

  it('are replaced by their newest state, and kept when they are no longer known', () => {
    const open = outage(2, { isOver: false, failedConnects: 3 });
    const first = addOutages(alert({ pendingAtMs: T0 }), [open]);
    const ended = { ...open, isOver: true, failedConnects: 9 };
    expect(addOutages(first, [ended]).outages).toEqual([ended]);
    expect(addOutages(first, []).outages).toEqual([open]);
    expect(addOutages(first, null).outages).toEqual([open]);
  });

  it('are limited in number, and the newest stay', () => {
    const many = Array.from({ length: 50 }, (_, index) => outage(-index * 60));
    const { outages = [] } = addOutages(alert({ pendingAtMs: T0 }), many);
    expect(outages).toHaveLength(20);
    expect(outages.at(-1)?.fromMs).toBe(T0 + 49 * MINUTE_MS);
  });
});
