import { describe, expect, it } from 'vitest';
import { describeOutage, describeOutageAt, mergeOutages } from '../../../../dashboard/src/words/outages.js';
import { cannedOutage } from '../../../builders/wire-documents.js';
import { iso, NOW } from '../../../builders/wire-pool.js';

const OUTAGE = cannedOutage({ from: iso(NOW - 60_000), to: iso(NOW - 30_000), durationSeconds: 30 });

describe('an outage in words', () => {
  it.each([
    [{}, /^\d\d:\d\d:00 to \d\d:\d\d:30 \(30 s\): 165 connects failed, warning 28 s before$/],
    [{ to: null, warnedSeconds: null }, /^since \d\d:\d\d:00: 165 connects failed, no warning before$/],
    [{ failedConnects: 2000, failedConnectsEstimated: true }, /: about 2,000 connects failed \(estimated\), warning/],
    [{ failedConnects: null }, /: failed connects not counted, warning/],
    [{ durationSeconds: 0.2, failedConnects: 1 }, /\(under 1 s\): 1 connect failed, warning/],
  ])('with %o', (changes, text) => {
    expect(describeOutage({ ...OUTAGE, ...changes }, 'connect', NOW)).toMatch(text);
  });
  it('names binds where bind() takes the ports', () => {
    expect(describeOutage(OUTAGE, 'bind', NOW)).toContain('165 binds failed');
  });
  it('is named at a step that it touches, and nowhere else', () => {
    const at = (fromMs: number, toMs = fromMs) => describeOutageAt([OUTAGE], fromMs, toMs);
    expect(at(NOW - 45_000)).toBe('out of ports, 165 connects failed');
    expect(at(NOW - 90_000, NOW - 60_000)).toBe('out of ports, 165 connects failed');
    expect(at(NOW - 61_000)).toBeNull();
    expect(at(NOW - 29_000, NOW)).toBeNull();
  });
  it('stands once in a list, in its newest state, the oldest first', () => {
    const older = cannedOutage({ from: iso(NOW - 900_000) });
    const newer = { ...OUTAGE, failedConnects: 999 };
    expect(mergeOutages([OUTAGE, older], [newer])).toEqual([older, newer]);
  });
});
