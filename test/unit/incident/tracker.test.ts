import { describe, expect, it } from 'vitest';
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import type { Incident } from '../../../daemon/incident/incident.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../../daemon/incident/settings.js';
import { createIncidentTracker, type IncidentTracker } from '../../../daemon/incident/tracker.js';
import { MINUTE_MS } from '../../../daemon/units.js';
import { T0 } from '../../builders/forecasts.js';
import { alert, fired } from '../../builders/messages.js';

const trackerOf = (incidents: readonly Incident[], startedAtMs: number): IncidentTracker =>
  createIncidentTracker({
    incidents,
    decisions: [],
    settings: DEFAULT_INCIDENT_SETTINGS,
    findRecipients: () => ['ops@example.org'],
    startedAtMs,
  });

const resolvedChange = (of: Alert, nowMs: number): AlertChange => ({
  from: 'firing',
  to: 'resolved',
  alert: { ...of, state: 'resolved', resolvedAtMs: nowMs },
});

describe('the tracker of incidents', () => {
  it('computes a step again until it was accepted, as where it could not be stored', () => {
    const tracker = trackerOf([], 0);
    const input = { active: [alert()], changes: [fired()], usablePorts: 1000, nowMs: T0 };
    const first = tracker.step(input);
    const again = tracker.step(input);
    expect(again.messages).toEqual(first.messages);
    expect(again.messages).toHaveLength(1);
    tracker.accept(again);
    expect(tracker.step({ ...input, changes: [], nowMs: T0 + 2000 }).messages).toEqual([]);
  });

  it('goes on after a restart as if there had been none: what no longer holds is resolved and told', () => {
    const before = trackerOf([], 0);
    const begun = before.step({ active: [alert()], changes: [fired()], usablePorts: null, nowMs: T0 });
    before.accept(begun);
    const stored = JSON.parse(JSON.stringify(begun.known)) as Incident[];
    const restartedMs = T0 + 10 * MINUTE_MS;
    const after = trackerOf(stored, restartedMs);
    const goesOn = after.step({ active: [alert()], changes: [], usablePorts: null, nowMs: restartedMs });
    expect(goesOn.messages).toEqual([]);
    after.accept(goesOn);
    const changes = [resolvedChange(alert(), restartedMs + 2000)];
    after.accept(after.step({ active: [], changes, usablePorts: null, nowMs: restartedMs + 2000 }));
    const over = after.step({ active: [], changes: [], usablePorts: null, nowMs: restartedMs + 2 * MINUTE_MS });
    expect(over.messages).toMatchObject([{ notice: { kind: 'resolved' }, recipient: 'ops@example.org' }]);
  });

  it('does not tell again of what an older version told without an incident, and tells of its end', () => {
    const tracker = trackerOf([], T0 + MINUTE_MS);
    const adopted = tracker.step({ active: [alert()], changes: [], usablePorts: null, nowMs: T0 + MINUTE_MS });
    expect(adopted.messages).toEqual([]);
    expect(adopted.incidents).toHaveLength(1);
    tracker.accept(adopted);
    const changes = [resolvedChange(alert(), T0 + 2 * MINUTE_MS)];
    tracker.accept(tracker.step({ active: [], changes, usablePorts: null, nowMs: T0 + 2 * MINUTE_MS }));
    const over = tracker.step({ active: [], changes: [], usablePorts: null, nowMs: T0 + 4 * MINUTE_MS });
    expect(over.messages).toMatchObject([{ notice: { kind: 'resolved' } }]);
  });

  it('takes a range that shrank for the cause of what runs out after it', () => {
    const tracker = trackerOf([], 0);
    const stepWith = (usablePorts: number, active: readonly Alert[], nowMs: number) => {
      const step = tracker.step({ active, changes: [], usablePorts, nowMs });
      tracker.accept(step);
      return step;
    };
    stepWith(28_232, [], T0);
    stepWith(28_000, [], T0 + 2000);
    stepWith(1000, [], T0 + 4000);
    const { known } = stepWith(1000, [alert({ firingAtMs: T0 + 6000 })], T0 + 6000);
    expect(known).toMatchObject([{ cause: { kind: 'range' } }]);
  });
});
