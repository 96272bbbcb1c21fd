import { describe, expect, it } from 'vitest';
import { planMessages, restoreCaps, type CapState, type PlannedMessage } from '../../../daemon/incident/caps.js';
import type { Decision, Notice } from '../../../daemon/incident/incident.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../../daemon/incident/settings.js';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { incidentScene } from '../../builders/incident-scene.js';
import { requireValue } from '../../builders/require-value.js';

const NOTICE = ((): Notice => {
  const scene = incidentScene();
  scene.fire({ pool: 'a' });
  return requireValue(scene.step()[0]);
})();

const noticeFor = (...recipients: string[]): Notice => ({ ...NOTICE, recipients });

/** Hands one notice after another to the caps, and collects what they let through. */
function play() {
  let state: CapState = new Map();
  const messages: (PlannedMessage & { readonly atMs: number })[] = [];
  const decisions: Decision[] = [];
  return {
    messages,
    decisions,
    take(notices: readonly Notice[], nowMs: number): void {
      const plan = planMessages(notices, state, { settings: DEFAULT_INCIDENT_SETTINGS, nowMs });
      state = plan.state;
      messages.push(...plan.messages.map((message) => ({ ...message, atMs: nowMs })));
      decisions.push(...plan.decisions);
    },
    state: () => state,
  };
}

describe('the messages of one recipient within an hour', () => {
  it('are at most ten, the last of which names what was held back', () => {
    const caps = play();
    for (let second = 0; second < 40; second++) caps.take([noticeFor('ops@example.org')], second * 1000);
    caps.take([], 10 * MINUTE_MS);
    expect(caps.messages).toHaveLength(10);
    expect(caps.messages.slice(0, 9).every(({ held }) => held === null)).toBe(true);
    expect(caps.messages.at(-1)?.held).toHaveLength(31);
    expect(caps.decisions).toHaveLength(31);
    expect(caps.decisions[0]).toMatchObject({
      told: false,
      reason: 'cap reached',
      recipient: 'ops@example.org',
      incidentId: NOTICE.incident.id,
    });
  });

  it('are counted over the last hour, so that later ones go out again', () => {
    const caps = play();
    for (let minute = 0; minute < 180; minute += 2) caps.take([noticeFor('ops@example.org')], minute * MINUTE_MS);
    for (const { atMs } of caps.messages) {
      const within = caps.messages.filter((other) => other.atMs > atMs - HOUR_MS && other.atMs <= atMs);
      expect(within.length).toBeLessThanOrEqual(DEFAULT_INCIDENT_SETTINGS.maxPerHour);
    }
    expect(caps.messages.length).toBeGreaterThan(20);
    const told = caps.messages.reduce((sum, { held }) => sum + (held === null ? 1 : held.length), 0);
    const stillHeld = [...caps.state().values()].reduce((sum, { held }) => sum + held.length, 0);
    expect(told + stillHeld).toBe(90);
  });

  it('are counted on after the clock was set back, and for an hour at most', () => {
    const caps = play();
    const yearMs = 365 * 24 * HOUR_MS;
    for (let second = 0; second < 12; second++) caps.take([noticeFor('ops@example.org')], yearMs + second * 1000);
    const before = caps.messages.length;
    caps.take([noticeFor('ops@example.org')], 0);
    caps.take([], 6 * MINUTE_MS);
    expect(caps.messages.slice(before)).toMatchObject([{ held: { length: 4 } }]);
    caps.take([noticeFor('ops@example.org')], HOUR_MS + MINUTE_MS);
    expect(caps.messages.at(-1)).toMatchObject({ held: null });
  });

  it('hold the end of an incident back while its beginning is', () => {
    const caps = play();
    for (let second = 0; second < 10; second++) caps.take([noticeFor('ops@example.org')], second * 1000);
    const over: Notice = { ...noticeFor('ops@example.org'), kind: 'resolved' };
    caps.take([over], 11_000);
    caps.take([], 10 * MINUTE_MS);
    expect(caps.messages.at(-1)?.held?.map(({ kind }) => kind)).toEqual(['first', 'resolved']);
  });

  it('are those of this recipient alone', () => {
    const caps = play();
    for (let second = 0; second < 9; second++) caps.take([noticeFor('a@example.org')], second * 1000);
    caps.take([noticeFor('a@example.org', 'b@example.org')], 9000);
    expect(caps.messages.at(-1)?.recipient).toBe('b@example.org');
  });

  it('are known again after a restart, by the stored decisions', () => {
    const told = (atMs: number): Decision => ({
      atMs,
      incidentId: NOTICE.incident.id,
      alertId: null,
      kind: 'first',
      told: true,
      reason: 'first',
      by: null,
      recipient: 'ops@example.org',
      messageId: null,
    });
    const before = play();
    for (let second = 0; second < 12; second++) before.take([noticeFor('ops@example.org')], second * 1000);
    const stored = [...Array.from({ length: 9 }, (_, second) => told(second * 1000)), ...before.decisions];
    expect(restoreCaps(stored)).toEqual(before.state());
  });
});
