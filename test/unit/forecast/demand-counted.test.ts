/** What clients want after a pool was full, where the calls that fail are counted. */
import { describe, expect, it } from 'vitest';
import { createDemandMemory, followDemand } from '../../../daemon/forecast/demand.js';
import { createFullSighting as full, createSighting as sighting, createSince as since } from '../../builders/demand.js';

describe('the demand where failed calls are counted', () => {
  /** Samples after the pool was full at 2 s: 20/s open and as many ports come free, of 500. */
  const follow = (failedAt: (ms: number) => number | null) => {
    const memory = createDemandMemory();
    followDemand(memory, sighting(0));
    followDemand(memory, full(2000, { since: since({ failed: 30 }) }));
    const known: number[] = [];
    for (let ms = 4000; ms <= 30_000; ms += 2000) {
      const failed = failedAt(ms);
      const of = { since: since({ opened: 40, freed: 40, failed }), isFull: failed !== null && failed > 0 };
      if (followDemand(memory, sighting(ms, of)) !== null) known.push(ms);
    }
    return known;
  };

  it('is the measured rate again when no call has failed for ten seconds while ports were free', () => {
    // The ports that came free until 4 s may all have been taken before that sample.
    expect(follow(() => 0).at(-1)).toBe(12_000);
  });

  it('is kept while calls fail, and for ten seconds after the last one', () => {
    expect(follow((ms) => (ms <= 14_000 ? 1 : 0)).at(-1)).toBe(22_000);
    expect(follow(() => 1).at(-1)).toBe(30_000);
  });

  it('is kept where failed calls are not counted, as then it is not known that none failed', () => {
    expect(follow(() => null).at(-1)).toBe(30_000);
  });
});
