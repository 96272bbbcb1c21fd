import { describe, expect, it } from 'vitest';
import type { CycleView } from '../../daemon/contracts.js';
import { listGonePools, listPools } from '../../daemon/pool-list.js';
import type { OwnEndpoints } from '../../daemon/pool/own-traffic.js';
import { createPoolForecast } from '../builders/pool-forecast.js';
import { createAlert } from '../builders/records.js';

const OWN: OwnEndpoints = { http: () => ({ address: '127.0.0.1', port: 9470 }), countOpened: () => 0 };
const viewer = createPoolForecast({
  id: 'viewer',
  localAddress: '127.0.0.1',
  remoteAddress: '127.0.0.1',
  remotePort: 9470,
  used: 9,
});
const other = createPoolForecast({ id: 'other', used: 1 });

function view(over: Partial<CycleView>): CycleView {
  const empty = { atMs: 0, reading: null, table: null, pools: [], ports: [], alerts: [], blindSinceMs: null };
  return { ...empty, ...over };
}

describe('the list of pools', () => {
  it('has pools of viewers last, and says whose they are', () => {
    const listed = listPools(view({ pools: [viewer, other] }), OWN);
    expect(listed.map(({ id, own }) => [id, own])).toEqual([
      ['other', undefined],
      ['viewer', 'viewer'],
    ]);
    expect(listPools(view({ pools: [viewer, other] }), OWN, 1).map(({ id }) => id)).toEqual(['other']);
  });

  it('has such a pool in its place while it has an alert', () => {
    const ids = (changes: Parameters<typeof createAlert>[1]): string[] => {
      const alerts = [createAlert('1', { poolId: 'viewer', ...changes })];
      return listPools(view({ pools: [other, viewer], alerts }), OWN).map(({ id }) => id);
    };
    expect(ids({ state: 'firing', severity: 'critical' })).toEqual(['viewer', 'other']);
    const pending = [createAlert('1', { poolId: 'viewer', state: 'pending', severity: 'warning' })];
    expect(listPools(view({ pools: [viewer, other], alerts: pending }), OWN)[0]?.id).toBe('viewer');
  });
});

describe('the pools that are gone', () => {
  it('are listed by the alerts that are not resolved, with the figures and the instant at which they were last seen', () => {
    const seenAtMs = Date.UTC(2026, 0, 5, 12);
    const last = createPoolForecast({ id: 'gone', used: 990, sampledAtMs: seenAtMs });
    const owners = { processes: [{ pid: 7, name: 'curl', confidence: 1 }], why: null };
    const alerts = [
      createAlert('1', { poolId: 'gone', raised: { ...last, used: 5, sampledAtMs: seenAtMs - 9000 }, latest: null }),
      createAlert('2', { poolId: 'gone', latest: last, owners }),
      createAlert('3', { poolId: 'other', latest: other }),
      createAlert('4', { poolId: null, rule: 'blind' }),
      createAlert('5', { poolId: 'never seen' }),
    ];
    const gone = listGonePools(view({ pools: [other], alerts }));
    expect(gone).toHaveLength(1);
    expect(gone[0]).toMatchObject({
      id: 'gone',
      used: 990,
      goneSince: new Date(seenAtMs).toISOString(),
      processes: [{ name: 'curl' }],
      ahead: [],
    });
  });

  it('are none once they are back', () => {
    expect(
      listGonePools(view({ pools: [other], alerts: [createAlert('1', { poolId: 'other', latest: other })] })),
    ).toEqual([]);
  });
});
