/** Incidents about parts of portcast: who is told of a channel that does not work, and when. */
import { describe, expect, it } from 'vitest';
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import type { Mute } from '../../../daemon/incident/mutes.js';
import { chooseRecipients } from '../../../daemon/incident/recipients.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../../daemon/incident/settings.js';
import { createIncidentTracker } from '../../../daemon/incident/tracker.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { alert as createAlert } from '../../builders/messages.js';

interface Scene {
  readonly recipients: readonly string[];
  readonly part: string;
  readonly hasSent?: boolean;
  readonly mutes?: readonly Mute[];
  /** Who is told of other severities only. */
  readonly others?: readonly string[];
}

/** A trouble of one part that lasts for three days, step by step; then it is over for an hour. */
function play({ recipients, part, hasSent = false, mutes = [], others = [] }: Scene) {
  const tracker = createIncidentTracker({
    incidents: [],
    decisions: [],
    settings: DEFAULT_INCIDENT_SETTINGS,
    findRecipients: (incident) => chooseRecipients(recipients, incident, () => hasSent),
    findBelowSeverity: () => others,
    listMutes: () => mutes,
    startedAtMs: 0,
  });
  const alert: Alert = {
    ...createAlert({ id: `trouble_${part}`, rule: 'trouble', severity: 'warning', firingAtMs: T0 }),
    poolId: null,
    raised: null,
    latest: null,
    trouble: { part, message: 'the mail server refused the login' },
  };
  const told: string[] = [];
  const reasons: string[] = [];
  const step = (atMs: number, active: Alert[], changes: AlertChange[]): void => {
    const result = tracker.step({ active, changes, usablePorts: 1000, nowMs: T0 + atMs });
    for (const { recipient, notice } of result.messages) told.push(`${notice?.kind ?? 'digest'} ${recipient}`);
    for (const decision of result.decisions) reasons.push(`${decision.kind}: ${decision.reason}`);
    tracker.accept(result);
  };
  step(0, [alert], [{ from: 'pending', to: 'firing', alert }]);
  for (let atMs = MINUTE_MS; atMs < 3 * DAY_MS; atMs += 10 * MINUTE_MS) step(atMs, [alert], []);
  const resolved: Alert = { ...alert, state: 'resolved', resolvedAtMs: T0 + 3 * DAY_MS };
  step(3 * DAY_MS, [], [{ from: 'firing', to: 'resolved', alert: resolved }]);
  for (let atMs = 0; atMs <= HOUR_MS; atMs += MINUTE_MS) step(3 * DAY_MS + atMs, [], []);
  return { told, reasons };
}

describe('a channel that does not work', () => {
  it('and is the only one is told once, when it works again', () => {
    const { told, reasons } = play({ recipients: ['a@example.org', 'b@example.org'], part: 'mail' });
    expect(told).toEqual(['resolved a@example.org', 'resolved b@example.org']);
    expect(reasons).toEqual(['first: channel off']);
  });

  it('and is the only one is not told at all while it is silenced', () => {
    const mutes: readonly Mute[] = [{ reason: 'silenced', by: 'silence_1', matchers: null }];
    const { told, reasons } = play({ recipients: ['a@example.org'], part: 'mail', mutes });
    expect(told).toEqual([]);
    expect(reasons).toEqual(['first: silenced']);
    const beside = play({ recipients: ['a@example.org'], part: 'mail', mutes, others: ['webhook'] });
    expect(beside).toEqual({ told: [], reasons: ['first: below severity', 'first: silenced'] });
  });

  it('is told through the others, and not through itself', () => {
    const { told } = play({ recipients: ['a@example.org', 'webhook'], part: 'mail' });
    expect(told).toEqual(['first webhook', 'reminder webhook', 'reminder webhook', 'resolved webhook']);
    expect(play({ recipients: ['a@example.org', 'webhook'], part: 'webhook' }).told[0]).toBe('first a@example.org');
  });

  it('for some recipients only is told to all', () => {
    const { told } = play({ recipients: ['a@example.org', 'b@example.org'], part: 'mail', hasSent: true });
    expect(told.slice(0, 2)).toEqual(['first a@example.org', 'first b@example.org']);
  });
});

describe('another part that does not work', () => {
  it.each(['store', 'stall', 'outbox', 'fallback'])('%s is told to everybody, and its end too', (part) => {
    const { told } = play({ recipients: ['a@example.org', 'webhook'], part });
    expect(told.slice(0, 2)).toEqual(['first a@example.org', 'first webhook']);
    expect(told.slice(-2)).toEqual(['resolved a@example.org', 'resolved webhook']);
  });

  it('has an incident of its own beside the others', () => {
    const tracker = createIncidentTracker({
      incidents: [],
      decisions: [],
      settings: DEFAULT_INCIDENT_SETTINGS,
      findRecipients: () => ['a@example.org'],
      startedAtMs: 0,
    });
    const troubles = ['store', 'outbox', null].map((part): Alert => {
      const plain = { ...createAlert({ id: `${part}`, rule: part === null ? 'blind' : 'trouble', firingAtMs: T0 }) };
      const about = { ...plain, poolId: null, raised: null, latest: null };
      return part === null ? about : { ...about, trouble: { part, message: 'x' } };
    });
    const { incidents } = tracker.step({ active: troubles, changes: [], usablePorts: 1, nowMs: T0 });
    expect(incidents.map(({ cause }) => cause)).toEqual([
      { kind: 'portcast', key: 'store' },
      { kind: 'portcast', key: 'outbox' },
      { kind: 'portcast', key: '' },
    ]);
  });
});
