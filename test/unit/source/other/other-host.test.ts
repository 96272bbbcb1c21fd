import { describe, expect, it } from 'vitest';
import { assumeLimits } from '../../../../daemon/source/other/assumed-limits.js';
import { openOtherHost } from '../../../../daemon/source/other/other-host.js';

describe('limits of other systems', () => {
  it.each([
    ['win32', 120_000],
    ['darwin', 30_000],
    ['freebsd', 60_000],
  ] as const)(
    'on %s have the dynamic ports of IANA and %i ms of TIME_WAIT, marked as assumed',
    (platform, timeWaitMs) => {
      expect(assumeLimits(platform)).toMatchObject({
        timeWaitMs,
        timeWaitAssumed: true,
        range: { first: 49_152, last: 65_535 },
      });
    },
  );
});

describe('a host of another system', () => {
  const host = openOtherHost('darwin');

  it('has assumed limits, no counters and the coarsest step of releases', () => {
    const { limits, counters, granularity } = host.readFacts();
    expect(limits).toEqual(assumeLimits('darwin'));
    expect(Object.keys(counters)).toContain('timeWait');
    expect(Object.values(counters)).toEqual(Object.values(counters).map(() => null));
    expect(granularity).toEqual({ hz: null, timeWaitMs: 5120, phaseMs: null, learned: false });
  });

  it('says why it names no owners', () => {
    const query = { localAddress: '10.0.0.1', remoteAddress: '10.0.0.2', remotePort: 443 };
    const why = 'owners can be found on Linux only, this is darwin';
    expect(host.findOwners([query])).toEqual([{ processes: [], why }]);
  });
});
