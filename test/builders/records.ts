/** Records of cycles, alerts and mail, for tests of the store and of the score. */
import type { Alert, AlertChange } from '../../daemon/alert/alert.js';
import type { CycleRecord } from '../../daemon/contracts.js';
import type { OutboxMessage } from '../../daemon/notify-contracts.js';
import type { PortSeriesSample } from '../../daemon/snapshot/port-series.js';
import type { Evidence } from '../../daemon/score/evidence.js';
import type { ScoreOutcome } from '../../daemon/score/types.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { HostCounters } from '../../daemon/host/counters.js';
import { STATE, STATE_COUNT } from '../../daemon/snapshot/snapshot.js';
import { SECOND_MS } from '../../daemon/units.js';
import type { FakeClock } from '../fakes.js';
import { createPoolForecast } from './pool-forecast.js';

export const NOTHING_SETTLED: ScoreOutcome = { settled: [], episodes: [], failures: [], failing: [] };

export function createCycleRecord(clock: FakeClock, record: Partial<CycleRecord>): CycleRecord {
  return {
    atMs: clock.wallMs(),
    monotonicMs: clock.monotonicMs(),
    ports: [],
    pools: [],
    bursts: [],
    forecasts: [],
    scores: NOTHING_SETTLED,
    outages: [],
    counters: createCounters(clock),
    ...record,
  };
}

export function createCounters(clock: FakeClock, changes: Partial<HostCounters> = {}): HostCounters {
  return {
    takenAtMs: clock.wallMs(),
    monotonicMs: clock.monotonicMs(),
    inUse: 10,
    orphan: 0,
    timeWait: 5,
    alloc: 12,
    tw: 100_000,
    twRecycled: 0,
    twKilled: null,
    twOverflow: 0,
    activeOpens: 123_456,
    passiveOpens: 654_321,
    currEstab: 9,
    ...changes,
  };
}

export function createPortSeries(id: string, states: Partial<Record<keyof typeof STATE, number>>): PortSeriesSample {
  const counts = new Uint32Array(STATE_COUNT);
  for (const [state, count] of Object.entries(states)) counts[STATE[state as keyof typeof STATE] - 1] = count;
  return { id, direction: 'out', namespace: 'host', address: '10.0.0.2', port: 443, states: counts };
}

export function pool(id: string, some: Partial<PoolForecast> = {}): PoolForecast {
  return createPoolForecast({ id, ...some });
}

/** What two tables, `widthMs` apart, show of a pool that closes at the rate of its forecast. */
export function createEvidence(forecast: PoolForecast, toMs: number, widthMs = 2 * SECOND_MS): Evidence {
  const closes = ((forecast.closeRate ?? 0) * widthMs) / SECOND_MS;
  const counted = [{ fromMs: toMs - widthMs, toMs, closes }];
  const full = forecast.failedConnects === null ? forecast.available === 0 : forecast.failedConnects > 0;
  if (forecast.failedConnects === null && forecast.reuse !== 'none') return { counted, ranOut: 'unknown' };
  return { counted, ranOut: full ? { afterMs: null, beforeMs: toMs, seenBy: 'table' } : null };
}

export function createAlert(id: string, changes: Partial<Alert> = {}): Alert {
  return {
    id,
    rule: 'imminent',
    poolId: 'connect_host_10.0.0.1_10.0.0.2_443',
    severity: 'critical',
    state: 'firing',
    mail: true,
    pendingAtMs: Date.UTC(2026, 0, 5, 12),
    firingAtMs: Date.UTC(2026, 0, 5, 12),
    resolvedAtMs: null,
    clearSinceMs: null,
    lastSeenAtMs: Date.UTC(2026, 0, 5, 12),
    summary: 'runs out in 40 s',
    raised: null,
    latest: null,
    owners: { processes: [], why: 'not looked for' },
    ...changes,
  };
}

export function createAlertChange(alert: Alert, from: AlertChange['from'] = 'inactive'): AlertChange {
  return { from, to: alert.state, alert };
}

export function createMail(messageId: string, changes: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    messageId,
    recipient: 'ops@example.org',
    alertId: 'a1',
    subject: 'ports run out',
    text: 'in 40 s',
    html: '<p>in 40 s</p>',
    createdAtMs: Date.UTC(2026, 0, 5, 12),
    ...changes,
  };
}
