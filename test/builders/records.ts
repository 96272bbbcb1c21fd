/** Records, alerts and mail to fill a store with. */
import type { Alert, AlertChange } from '../../daemon/alert/alert.js';
import type { CycleRecord, OutboxMessage } from '../../daemon/contracts.js';
import type { PortSeriesSample } from '../../daemon/snapshot/port-series.js';
import type { Evidence } from '../../daemon/score/evidence.js';
import type { ScoreOutcome } from '../../daemon/score/types.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { HostCounters } from '../../daemon/host/limits.js';
import { STATE, STATE_COUNT } from '../../daemon/snapshot/snapshot.js';
import type { FakeClock } from '../fakes.js';
import { createPoolForecast } from './pool-forecast.js';

export const NOTHING_SETTLED: ScoreOutcome = { settled: [], episodes: [], failures: [], failing: [] };

export function cycleRecord(clock: FakeClock, record: Partial<CycleRecord>): CycleRecord {
  return {
    atMs: clock.wallMs(),
    monotonicMs: clock.monotonicMs(),
    ports: [],
    pools: [],
    bursts: [],
    forecasts: [],
    scores: NOTHING_SETTLED,
    counters: counters(clock),
    ...record,
  };
}

export function counters(clock: FakeClock, some: Partial<HostCounters> = {}): HostCounters {
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
    ...some,
  };
}

export function port(id: string, states: Partial<Record<keyof typeof STATE, number>>): PortSeriesSample {
  const counts = new Uint32Array(STATE_COUNT);
  for (const [state, count] of Object.entries(states)) counts[STATE[state as keyof typeof STATE] - 1] = count;
  return { id, direction: 'out', namespace: 'host', address: '10.0.0.2', port: 443, states: counts };
}

export function pool(id: string, some: Partial<PoolForecast> = {}): PoolForecast {
  return createPoolForecast({ id, ...some });
}

/** What tables would show of a pool that closes at its stated rate: 2 s apart, or the first one for so long. */
export function evidence(of: PoolForecast, toMs: number, widthMs = 2000): Evidence {
  const counted = [{ fromMs: toMs - widthMs, toMs, closes: ((of.closeRate ?? 0) * widthMs) / 1000 }];
  const full = of.failedConnects === null ? of.available === 0 : of.failedConnects > 0;
  if (of.failedConnects === null && of.reuse !== 'none') return { counted, ranOut: 'unknown' };
  return { counted, ranOut: full ? { afterMs: null, beforeMs: toMs, seenBy: 'table' } : null };
}

export function alert(id: string, some: Partial<Alert> = {}): Alert {
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
    ...some,
  };
}

export function change(of: Alert, from: AlertChange['from'] = 'inactive'): AlertChange {
  return { from, to: of.state, alert: of };
}

export function mail(messageId: string, some: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    messageId,
    recipient: 'ops@example.org',
    alertId: 'a1',
    subject: 'ports run out',
    text: 'in 40 s',
    html: '<p>in 40 s</p>',
    createdAtMs: Date.UTC(2026, 0, 5, 12),
    ...some,
  };
}
