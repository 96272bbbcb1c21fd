import { describe, expect, it } from 'vitest';
import type { Incident } from '../../../daemon/incident/incident.js';
import { stepIncidents } from '../../../daemon/incident/step.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../../daemon/incident/settings.js';
import { SECOND_MS } from '../../../daemon/units.js';
import type { PoolForecast } from '../../../daemon/forecast/types.js';
import { createOutage } from '../../builders/outage.js';
import { poolForecast, T0 } from '../../builders/forecasts.js';
import { alert } from '../../builders/messages.js';
import type { Alert } from '../../../daemon/alert/alert.js';
import { requireValue } from '../../builders/require-value.js';

/** One alert of one pool that fires all the time, beat by beat. @param betweenBeats changes the incident after the first. */
function follow(betweenBeats: (incident: Incident) => Incident = (incident) => incident) {
  let incidents: Incident[] = [];
  let nowMs = T0;
  return (changes: Partial<PoolForecast>, about: Partial<Alert> = {}) => {
    const latest = poolForecast({ ...changes, sampledAtMs: nowMs });
    const firing = alert({ id: 'a', poolId: latest.id, latest, ...about });
    const step = stepIncidents({
      incidents,
      active: [firing],
      changes: [],
      rangeShrankAtMs: null,
      findRecipients: () => [],
      toldBeforeMs: 0,
      settings: DEFAULT_INCIDENT_SETTINGS,
      nowMs,
    });
    incidents = step.incidents;
    const pool = requireValue(incidents[0]?.pools[0]);
    if (nowMs === T0) incidents = incidents.map(betweenBeats);
    nowMs += 2 * SECOND_MS;
    return { stored: step.changed.length > 0, pool };
  };
}

function omit<T extends object, K extends keyof T>(from: T, keys: readonly K[]): Omit<T, K> {
  return Object.fromEntries(Object.entries(from).filter(([key]) => !keys.includes(key as K))) as Omit<T, K>;
}

describe('what an incident gathers', () => {
  it('stores a peak at once when it grew by 5% of the limit, else within a minute', () => {
    const beat = follow();
    expect(beat({ used: 300 }).stored).toBe(true);
    beat({ used: 300 });
    expect(beat({ used: 349 })).toMatchObject({ stored: false, pool: { peakUsed: 349 } });
    expect(beat({ used: 350 })).toMatchObject({ stored: true, pool: { peakUsed: 350, savedPeak: 350 } });
    expect(beat({ used: 351 }).stored).toBe(false);
    const stored = Array.from({ length: 31 }, () => beat({ used: 200 }).stored);
    expect(stored.filter((isStored) => isStored).length).toBeGreaterThanOrEqual(1);
    expect(beat({ used: 200 }).pool).toMatchObject({ peakUsed: 351, savedPeak: 351, peakAtMs: T0 + 8 * SECOND_MS });
  });

  it('keeps the first forecast, the one with the highest probability, and the last before the ports ran out', () => {
    const beat = follow();
    beat({ probability: 0.6, exhaustsAtMs: T0 + 30_000 });
    beat({ probability: 0.99, exhaustsAtMs: T0 + 20_000 });
    beat({ probability: 0.9, exhaustsAtMs: T0 + 22_000 });
    const outages = [createOutage({ fromMs: T0 + 6000, lastMs: T0 + 6000, isOver: false })];
    beat({ mode: 'exhausted' }, { outages });
    const { pool } = beat({ probability: 1, exhaustsAtMs: T0 + 99_000 }, { outages });
    expect(pool.forecasts).toMatchObject({
      first: { madeAtMs: T0, exhaustsAtMs: T0 + 30_000 },
      worst: { probability: 0.99 },
      last: { madeAtMs: T0 + 4000, exhaustsAtMs: T0 + 22_000 },
    });
  });

  it('stores an outage at once when it begins and when it ends', () => {
    const beat = follow();
    beat({});
    const outage = createOutage({ fromMs: T0, lastMs: T0, isOver: false });
    expect(beat({}, { outages: [outage] }).stored).toBe(true);
    expect(beat({}, { outages: [{ ...outage, failedConnects: 9 }] })).toMatchObject({
      stored: false,
      pool: { outages: [{ failedConnects: 9 }] },
    });
    expect(beat({}, { outages: [{ ...outage, isOver: true }] }).stored).toBe(true);
  });

  it('notes a limit that has changed', () => {
    const beat = follow();
    beat({ capacity: 1000 });
    expect(beat({ capacity: 64_512 }).pool).toMatchObject({ capacity: 1000, lastCapacity: 64_512 });
  });

  it('takes up an incident that an older version has stored', () => {
    const beat = follow((incident) => ({
      ...omit(incident, ['topic', 'savedAtMs']),
      pools: incident.pools.map((pool) =>
        omit(pool, ['kind', 'peakAtMs', 'savedPeak', 'lastCapacity', 'forecasts', 'outages']),
      ),
    }));
    beat({ used: 300 });
    expect(beat({ used: 300 })).toMatchObject({ stored: true, pool: { peakUsed: 300, savedPeak: 300 } });
    expect(beat({ used: 500 })).toMatchObject({ stored: true, pool: { peakUsed: 500 } });
  });
});
