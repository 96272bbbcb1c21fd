import { describe, expect, it } from 'vitest';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { chooseHostSign } from '../../../../dashboard/src/words/host-sign.js';
import { hostTime, MAX_SAMPLE_AGE_MS, NOW, wirePool } from '../../../builders/wire-pool.js';
import { cannedSample } from '../../../browser/canned-data.js';

const sampleOf = (pools: WirePool[]) => ({ ...cannedSample('steady', NOW, NOW), pools });
const chooseFor = (...pools: WirePool[]) => chooseHostSign(sampleOf(pools), hostTime()).word;
const own = (fields: Partial<WirePool>): WirePool => wirePool({ ...fields, own: 'viewer' });

describe('the sign of the host', () => {
  it.each([
    ['ok', [{}, { mode: 'idle' }]],
    ['at risk', [{}, { pressure: 0.9 }]],
    ['out of ports', [{ pressure: 0.9 }, { mode: 'exhausted' }]],
    ['unknown', [{ pressure: null }]],
    ['ok', []],
  ] as const)('is %s for %j', (word, pools) => {
    expect(chooseFor(...pools.map((fields) => wirePool(fields)))).toBe(word);
  });
  it('does not go by the connections of portcast itself, unless they have an alert', () => {
    expect(chooseFor(wirePool(), own({ mode: 'exhausted' }))).toBe('ok');
    const alerting = cannedSample('alerts', NOW, NOW);
    const [worst] = alerting.pools;
    const pools = [wirePool({ ...worst, own: 'portcast' })];
    expect(chooseHostSign({ ...alerting, pools }, hostTime()).word).toBe('at risk');
    expect(chooseHostSign({ ...sampleOf(pools) }, hostTime()).word).toBe('ok');
  });
  it('is unknown without a sample, without a connection, and with a sample that is out of date', () => {
    const steady = sampleOf([wirePool()]);
    expect(chooseHostSign(null, hostTime()).word).toBe('unknown');
    expect(chooseHostSign(steady, { ...hostTime(NOW + 1), maxSampleAgeMs: 0 }).word).toBe('unknown');
    expect(chooseHostSign(steady, hostTime(NOW + MAX_SAMPLE_AGE_MS + 1)).word).toBe('unknown');
  });
  it('is unknown while portcast cannot read the socket table', () => {
    const { status, ...rest } = sampleOf([wirePool()]);
    expect(chooseHostSign({ ...rest, status: { ...status, health: 'blind' } }, hostTime()).word).toBe('unknown');
  });
  it('does not depend on the health of portcast', () => {
    const degraded = cannedSample('degraded', NOW, NOW);
    expect(degraded.status.health).toBe('degraded');
    expect(chooseHostSign(degraded, hostTime()).word).toBe('ok');
  });
});
