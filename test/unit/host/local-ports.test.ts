import { describe, expect, it } from 'vitest';
import { chooseLocalPorts, findPortWarnings, formatPorts, type PortLimits } from '../../../daemon/host/local-ports.js';

const limits = (first: number, last: number, ...reservedPorts: { first: number; last: number }[]): PortLimits => ({
  range: { first, last },
  reservedPorts,
});
const auto = (of: PortLimits | null) => chooseLocalPorts('auto', of);

describe('the local ports that are chosen automatically', () => {
  it('are the 64 just below the range', () => {
    const { ports, why } = auto(limits(32_768, 60_999));
    expect(formatPorts(ports)).toBe('32704-32767');
    expect(why).toBe('32704-32767, below the ephemeral range 32768-60999');
  });

  it('leave out what is reserved, and go further down for it', () => {
    const { ports } = auto(limits(20_000, 20_999, { first: 19_990, last: 19_994 }, { first: 100, last: 100 }));
    expect(formatPorts(ports)).toBe('19931-19989,19995-19999');
    expect(ports).toHaveLength(64);
  });

  it.each([1024, 1025, 1031])('are above a range that begins at %i', (first) => {
    expect(formatPorts(auto(limits(first, 5000)).ports)).toBe('5001-5064');
  });

  it('are the few below where nothing is above', () => {
    expect(formatPorts(auto(limits(1027, 65_535)).ports)).toBe('1024-1026');
  });

  it('are never privileged, nor above the last port', () => {
    expect(formatPorts(auto(limits(1034, 65_535)).ports)).toBe('1024-1033');
    expect(formatPorts(auto(limits(1024, 65_530)).ports)).toBe('65531-65535');
    expect(formatPorts(auto(limits(500, 2000)).ports)).toBe('2001-2064');
  });

  it.each([limits(1024, 65_535), limits(1, 65_535), limits(1026, 65_535, { first: 1024, last: 1025 })])(
    'are none where %j leaves none, and the reason says what to do',
    (of) => {
      const { ports, why } = auto(of);
      expect(ports).toEqual([]);
      expect(why).toMatch(/range \d+-65535 leaves no port from 1024 to 65535 .*ip_local_reserved_ports/);
    },
  );

  it('are none where the range is not known', () => {
    expect(auto(null)).toEqual({
      ports: [],
      why: expect.stringMatching(/not known; set delivery\.localPorts/) as string,
    });
  });
});

describe('local ports that are given', () => {
  const span = { first: 1020, last: 1029 };

  it('are used as they are outside the range', () => {
    expect(formatPorts(chooseLocalPorts(span, limits(32_768, 60_999)).ports)).toBe('1020-1029');
    expect(formatPorts(chooseLocalPorts(span, null).ports)).toBe('1020-1029');
  });

  it('are left out as far as they lie in the range at the moment', () => {
    const { ports, why } = chooseLocalPorts(span, limits(1025, 60_999));
    expect(formatPorts(ports)).toBe('1020-1024');
    expect(why).toContain(
      '1020-1024 of 1020-1029 (delivery.localPorts): the others lie in the ephemeral range 1025-60999',
    );
    const inside = chooseLocalPorts(span, limits(1000, 60_999));
    expect(inside.ports).toEqual([]);
    expect(inside.why).toContain('all of 1020-1029 (delivery.localPorts) lie in the ephemeral range 1000-60999');
  });

  it('may lie in the range where they are reserved, because the kernel then hands them out to nobody', () => {
    const { ports } = chooseLocalPorts(span, limits(1000, 60_999, { first: 1022, last: 1030 }));
    expect(formatPorts(ports)).toBe('1022-1029');
  });

  it('are none when they are switched off', () => {
    expect(chooseLocalPorts(null, limits(32_768, 60_999)).ports).toEqual([]);
  });

  it('get a warning as far as they are in the range or privileged', () => {
    const all = limits(1000, 60_999);
    expect(findPortWarnings(span, all)).toEqual([
      expect.stringContaining('lie in the ephemeral range') as string,
      expect.stringContaining('ports below 1024') as string,
    ]);
    expect(findPortWarnings({ first: 32_700, last: 32_767 }, limits(32_768, 60_999))).toEqual([]);
    expect(findPortWarnings({ first: 32_700, last: 32_768 }, limits(32_768, 60_999))).toHaveLength(1);
    expect(findPortWarnings('auto', all)).toEqual([]);
    expect(findPortWarnings(null, all)).toEqual([]);
  });
});
