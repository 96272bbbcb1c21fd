/** The forecast on the rows of the table of measured traffic that never run out of ports: no lasting false alarm. */
import { describe, expect, it } from 'vitest';
import { ROWS } from '../../builders/measured-traffic.js';
import { findLongestAlarm, watchWorld } from '../../builders/watch-world.js';

const harmless = ROWS.filter(({ truth }) => truth === null);
/** Traffic that holds no port of this host is no pool at all. */
const WITHOUT_POOL: ReadonlySet<string> = new Set(['server closes first, 100/s', 'reset closes, 100/s']);

it('the table has rows that never run out', () => expect(harmless).toHaveLength(12));

describe.each([100, 700, 1300])('sampled every 2 s from %d ms on', (firstMs) => {
  it.each(harmless)('$name never runs out, and two samples in a row never alarm', ({ name, world, watch, from }) => {
    const watched = watchWorld(world, { seconds: watch, firstMs });
    expect(watched.failedAt).toBeNull();
    const settled = watched.forecasts.filter(({ at }) => at >= from);
    if (WITHOUT_POOL.has(name)) {
      expect(settled).toEqual([]);
      return;
    }
    expect(settled.length).toBeGreaterThan(50);
    expect(findLongestAlarm({ ...watched, forecasts: settled })).toBeLessThan(2);
    expect(settled.at(-1)?.exhaustsAt).toBeNull();
  });
});
