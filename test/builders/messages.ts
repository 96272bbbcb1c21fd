/** Alerts, contexts and messages for the delivery tests. */
import { findRemedies } from '../../daemon/advice/remedies.js';
import type { Alert, AlertChange } from '../../daemon/alert/alert.js';
import { summarizeActive } from '../../daemon/alert/summary.js';
import type { OutboxMessage } from '../../daemon/notify-contracts.js';
import type { HostLimits } from '../../daemon/host/limits.js';
import type { MailContext } from '../../daemon/notify/message/wording.js';
import { poolForecast, T0 } from './forecasts.js';

const LIMITS: HostLimits = {
  range: { first: 32768, last: 60999 },
  reservedPorts: [],
  twReuse: 2,
  twReuseDelayMs: 1000,
  timestamps: true,
  maxTwBuckets: 131072,
  finTimeoutMs: 60_000,
  timeWaitMs: 60_000,
  timeWaitAssumed: false,
  synRetries: 6,
  synLinearTimeouts: 4,
  orphanRetries: 0,
};

export function alert(changes: Partial<Alert> = {}): Alert {
  const pool = changes.latest === undefined ? poolForecast() : changes.latest;
  const rule = changes.rule ?? 'imminent';
  return {
    id: `${rule}_${pool?.id ?? 'portcast'}_${T0 - 4000}`,
    rule,
    poolId: pool?.id ?? null,
    severity: 'critical',
    state: 'firing',
    mail: true,
    pendingAtMs: T0 - 4000,
    firingAtMs: T0,
    resolvedAtMs: null,
    clearSinceMs: null,
    lastSeenAtMs: T0,
    summary: summarizeActive(rule, pool, { sinceMs: changes.pendingAtMs ?? T0 - 4000, nowMs: T0 }),
    raised: pool,
    latest: pool,
    owners: { processes: [{ pid: 812, name: 'checkout-api', confidence: 0.83 }], why: null },
    ...changes,
  };
}

export function fired(changes: Partial<Alert> = {}): AlertChange {
  return { from: 'pending', to: 'firing', alert: alert(changes) };
}

export function mailContext(changes: Partial<MailContext> = {}): MailContext {
  return {
    hostName: 'web-1',
    dashboardUrl: 'http://127.0.0.1:9470/',
    limits: LIMITS,
    nowMs: T0,
    remedies: findRemedies(poolForecast(), LIMITS),
    ...changes,
  };
}

export function message(changes: Partial<OutboxMessage> = {}): OutboxMessage {
  return {
    messageId: '0123456789abcdef@example.org',
    recipient: 'ops@example.org',
    alertId: 'imminent_pool_1',
    subject: '[portcast CRITICAL, full in 28 s] web-1: ports to 10.0.0.2:443',
    text: 'text part\n',
    html: '<p>html part</p>',
    createdAtMs: T0,
    ...changes,
  };
}
