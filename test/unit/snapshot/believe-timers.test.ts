import { describe, expect, it } from 'vitest';
import { believeTimers, findLongestTimeWaitMs } from '../../../daemon/snapshot/believe-timers.js';
import { LIMITS } from '../../fakes.js';
import { snapshotOf, type Row } from '../../builders/socket-rows.js';

const timed = (expiresMs: number, more: Partial<Row> = {}): Row => ({
  local: '10.0.0.1',
  localPort: 40_000,
  remote: '10.0.0.2',
  remotePort: 443,
  state: 'TIME_WAIT',
  timer: 3,
  expiresMs,
  ...more,
});
const GRANULARITY = { hz: 250, timeWaitMs: 2048, phaseMs: 7, learned: true };
const facts = { limits: { ...LIMITS, timeWaitAssumed: true }, granularity: GRANULARITY, other: 1 };

describe('the longest TIME_WAIT that a table shows', () => {
  it.each<[string, Row[], number | null]>([
    ['is the most time that a row has left, in whole seconds', [timed(12_000), timed(119_500), timed(3)], 120_000],
    ['is exact at a whole second', [timed(60_000)], 60_000],
    ['is unknown without TIME_WAIT rows', [timed(119_000, { state: 'ESTABLISHED', timer: 2 })], null],
    ['does not come from other timers', [timed(119_000, { state: 'FIN_WAIT2' }), timed(5000)], 5000],
    ['does not come from a timer that no kernel has', [timed(600_001), timed(0x7fff_ffff), timed(9000)], 9000],
    ['may be 600 s', [timed(599_990)], 600_000],
  ])('%s', (_name, rows, longestMs) => {
    expect(findLongestTimeWaitMs(snapshotOf(rows))).toBe(longestMs);
  });

  it('is unknown on a table without timers', () => {
    expect(findLongestTimeWaitMs(snapshotOf([timed(119_000)], { hasTimers: false }))).toBeNull();
  });
});

describe('believeTimers', () => {
  it('takes the length of TIME_WAIT from rows that last longer than it, and the steps that go with it', () => {
    expect(believeTimers(facts, snapshotOf([timed(299_000)]))).toEqual({
      limits: { ...LIMITS, timeWaitMs: 299_000, timeWaitAssumed: false },
      granularity: { hz: 250, timeWaitMs: 16_384, phaseMs: null, learned: false },
      other: 1,
    });
  });

  it.each([[[timed(60_000)]], [[timed(5000)]], [[]]])('changes nothing where no row lasts longer', (rows) => {
    expect(believeTimers(facts, snapshotOf(rows))).toBe(facts);
  });
});
