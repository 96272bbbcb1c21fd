/** The pages of the real daemon on a simulated host, over HTTP. */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createApp } from '../../../daemon/app.js';
import { loadConfig } from '../../../daemon/config/load.js';
import type { WirePool, WirePools } from '../../../daemon/wire/pool.js';
import type { WirePortEnds } from '../../../daemon/wire/port-page.js';
import type { WireSchedule } from '../../../daemon/wire/schedule.js';
import { fakeLog } from '../../fakes.js';
import { createTempFolder } from '../../builders/stores.js';
import { createDemoClock } from '../../tools/dev/demo/clock.js';
import { openSimulatedHost } from '../../tools/dev/demo/host.js';
import { SCENES } from '../../tools/dev/demo/scenes.js';

const sum = (seconds: WireSchedule['closes']): number => (seconds ?? []).reduce((total, { count }) => total + count, 0);

it('serves a schedule whose releases are the ports in TIME_WAIT', { timeout: 30_000 }, async () => {
  const folder = createTempFolder();
  const { config } = loadConfig({ env: {}, systemFile: join(folder, 'none.yaml') });
  // The simulation stands still, so that all documents are of one sample.
  const clock = createDemoClock(SCENES.mixed.pastSeconds * 1000);
  clock.advance(SCENES.mixed.pastSeconds * 1000);
  const simulated = openSimulatedHost(SCENES.mixed, clock);
  const app = createApp({
    config: {
      ...config,
      http: { ...config.http, port: 0 },
      store: { ...config.store, file: join(folder, 'portcast.db') },
      sampling: { ...config.sampling, failures: 'off' },
    },
    version: 'test',
    log: fakeLog(),
    clock,
    openSource: () => Promise.resolve(simulated.source),
    openGlances: () => simulated.glances,
  });
  const { url } = await app.start();
  const get = async <T>(path: string): Promise<T> => (await (await fetch(new URL(path, url))).json()) as T;
  try {
    const { pools } = await get<WirePools>('/api/v1/pools');
    expect(pools.length).toBeGreaterThanOrEqual(5);
    for (const { id, timeWait, reuse, holdSeconds } of pools) {
      const schedule = await get<WireSchedule>(`/api/v1/pools/${id}/schedule`);
      expect([id, sum(schedule.releases) + schedule.later + schedule.reusable]).toEqual([id, timeWait]);
      expect(schedule.exact).toBe(reuse === 'none');
      expect(schedule.holdSeconds).toBeCloseTo(holdSeconds, 1);
      expect(schedule.closes).toHaveLength(60);
      // Ports that are due for longer than a minute wait for the next boundary.
      expect(sum(schedule.closes)).toBeLessThanOrEqual(timeWait);
      expect(sum(schedule.closes)).toBeGreaterThan(timeWait * 0.9);
    }
    const first = pools[0];
    expect(await get<WirePool>(`/api/v1/pools/${first?.id ?? ''}`)).toMatchObject({ id: first?.id, goneSince: null });
    // The ends are counted from the next dump on, which a clock that stands still never makes due.
    clock.run();
    const ends = get<WirePortEnds>('/api/v1/ports/out_host_10.0.1.1_443/ends');
    expect(await ends).toMatchObject({
      side: 'local',
      ends: [{ address: '10.0.0.1' }],
      others: { ends: 0, sockets: 0 },
    });
    expect(await get<unknown[]>('/api/v1/ports?port=443')).toHaveLength(5);
  } finally {
    await app.stop();
  }
});
