import { describe, expect, it } from 'vitest';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import type { WireSample } from '../../../../daemon/wire/sample.js';
import { judgeHost, writeTabTitle } from '../../../../dashboard/src/words/verdict.js';
import {
  describeForReader,
  describeUnseen,
  formatHeldShare,
  measureWidth,
} from '../../../../dashboard/src/words/wall.js';
import { cannedStatus } from '../../../builders/wire-documents.js';
import { hostTime, iso, NOW, wirePool } from '../../../builders/wire-pool.js';

function sampleOf(pools: readonly Partial<WirePool>[], status: Partial<WireSample['status']> = {}): WireSample {
  const canned = cannedStatus();
  return {
    status: {
      ...canned,
      health: 'ok',
      alerts: [],
      host: { ...canned.host, name: 'web-1', noPortWhy: null },
      sampling: { ...canned.sampling, lastDumpAt: iso(NOW) },
      ...status,
    },
    pools: pools.map((fields) => wirePool(fields)),
    ports: [],
  };
}

function titleOf(sample: WireSample | null, time = hostTime()): string {
  return writeTabTitle(judgeHost(sample, time), 'web-1');
}

const soon = { exhaustsAt: iso(NOW + 48_000), probability: 0.97, mode: 'churn' } as const;

describe('the title of the tab', () => {
  it.each([
    ['a full pool', { mode: 'exhausted' }, 'OUT OF PORTS 10.0.0.2:443 · web-1'],
    [
      'a certain end',
      { ...soon, earliestAt: iso(NOW + 47_000), latestAt: iso(NOW + 50_000) },
      'Full in 48 s 10.0.0.2:443 · web-1',
    ],
    [
      'an uncertain end',
      { ...soon, earliestAt: iso(NOW + 40_000), latestAt: null },
      'Full in about 50 s 10.0.0.2:443 · web-1',
    ],
    [
      'an unlikely end',
      { ...soon, probability: 0.2, earliestAt: iso(NOW + 40_000), latestAt: null },
      'May be full in about 50 s 10.0.0.2:443 · web-1',
    ],
    ['an end that is due', { ...soon, exhaustsAt: iso(NOW + 900) }, 'Full at any moment 10.0.0.2:443 · web-1'],
    ['a high level', { pressure: 0.9 }, 'Nearly full 10.0.0.2:443 · web-1'],
    ['a rise', { pressureFullAt: iso(NOW + 1_200_000) }, 'Full in about 20 min 10.0.0.2:443 · web-1'],
    ['a pool at rest', {}, 'ok · web-1'],
    ['the first seconds', { pressure: null, closeRate: null }, '? Measuring 10.0.0.2:443 · web-1'],
  ] as const)('names %s', (_, fields, title) => {
    expect(titleOf(sampleOf([fields]))).toBe(title);
  });
  it('is about the first pool, which is the one most at risk', () => {
    expect(titleOf(sampleOf([{ mode: 'exhausted' }, {}]))).toMatch(/^OUT OF PORTS/);
  });
  it('is neither about a pool that is gone nor about the connections of portcast', () => {
    const passed = [
      { mode: 'exhausted', goneSince: iso(NOW) },
      { mode: 'exhausted', own: 'viewer' },
    ] as const;
    expect(titleOf(sampleOf(passed))).toBe('ok · web-1');
  });
  it('says ok without pools, and names the reason where no port is usable', () => {
    expect(titleOf(sampleOf([]))).toBe('ok · web-1');
    const host = { ...cannedStatus().host, noPortWhy: 'all ports are reserved' };
    expect(titleOf(sampleOf([{}], { host }))).toBe('NO USABLE PORT · web-1');
  });
  it('says nothing of the present that is not known', () => {
    expect(titleOf(sampleOf([{ mode: 'exhausted' }]), hostTime(NOW + 60_000))).toBe('? Unknown · web-1');
    const silent = { ...hostTime(NOW + 1), maxSampleAgeMs: 0 };
    expect(titleOf(sampleOf([{ mode: 'exhausted' }]), silent)).toBe('? Unknown · web-1');
    expect(titleOf(sampleOf([], { health: 'blind' }))).toBe('? Unknown · web-1');
    expect(titleOf(null)).toBe('? No sample yet · web-1');
  });
  it('leaves out the troubles of portcast itself', () => {
    expect(titleOf(sampleOf([{}], { health: 'degraded' }))).toBe('ok · web-1');
  });
});

describe('the wall', () => {
  it('states since when there are no data, why, and what was seen last', () => {
    const sample = sampleOf([{ mode: 'exhausted' }]);
    const { text, why } = describeUnseen({ sample, connection: 'lost', time: hostTime(NOW + 184_000) });
    expect(text).toBe('No data for 3 min 4 s');
    expect(why).toMatch(/^portcast does not answer\. Last seen at \d\d:\d\d:00: OUT OF PORTS, 10\.0\.0\.2:443$/);
    const blind = describeUnseen({ sample, connection: 'live', time: hostTime(NOW + 184_000) });
    expect(blind.why).toMatch(/^portcast cannot read the socket table\./);
    expect(describeUnseen({ sample: null, connection: 'connecting', time: hostTime() }).text).toBe('No data yet');
  });
  it('rounds no pool to full that is not, and none down that is', () => {
    const share = (used: number, capacity: number) => formatHeldShare(wirePool({ used, capacity }));
    expect([share(999, 1000), share(1000, 1000), share(0, 1000), share(0, 0)]).toEqual(['99%', '100%', '0%', '100%']);
  });
  it('speaks without figures that change every second', () => {
    const judge = (pools: readonly Partial<WirePool>[]) => describeForReader(judgeHost(sampleOf(pools), hostTime()));
    expect(judge([soon])).toBe('Critical: 10.0.0.2:443');
    expect(judge([{}])).toBe('ok');
    expect(judge([])).toBe('ok');
  });
  it('counts capital letters as wider', () => {
    expect([measureWidth('abcd'), measureWidth('ABCD')]).toEqual([4, 5]);
  });
});
