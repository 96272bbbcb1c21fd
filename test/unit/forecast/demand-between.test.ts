/** Whether a pool was full between two samples, both with free ports. */
import { describe, expect, it } from 'vitest';
import { createDemandMemory, followDemand, type DemandSighting } from '../../../daemon/forecast/demand.js';
import { createSighting as sighting, createSince as since } from '../../builders/demand.js';

describe('a pool that may have been full between two samples', () => {
  const after = (available: number, of: Partial<DemandSighting> = {}) => {
    const memory = createDemandMemory();
    followDemand(memory, sighting(0, { available, ...of }));
    return followDemand(memory, sighting(2000, of))?.perSecond ?? null;
  };

  it('had fewer free ports than the clients take until the next sample, and ports came free', () => {
    // 20/s take 40 in 2 s.
    expect([39, 40].map((available) => after(available))).toEqual([20, null]);
    expect(after(39, { since: since({ opened: 40 }) })).toBeNull();
  });

  it('had not been full in a gap in which as many connections opened as the clients want', () => {
    const gap = (opened: number, ms = 8000) => after(100, { since: since({ ms, opened, freed: 100 }) });
    // 20/s take 160 in 8 s, within chance at least 129.
    expect([160, 129, 128].map((opened) => gap(opened))).toEqual([null, null, 20]);
    // In the 2 s from one sample to the next 30 free ports are too few for 20/s.
    expect([2000, 3000, 3001].map((ms) => after(30, { since: since({ ms, opened: 60, freed: 60 }) }))).toEqual([
      20,
      20,
      null,
    ]);
  });

  it('had less than a fifth of its ports free, however fast the clients are', () => {
    const fast = { perSecond: 300, capacity: 1000 };
    expect([199, 200].map((available) => after(available, fast) !== null)).toEqual([true, false]);
  });
});
