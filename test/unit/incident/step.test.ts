import { describe, expect, it } from 'vitest';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { incidentScene, type IncidentScene } from '../../builders/incident-scene.js';

const kindsOf = ({ notices }: IncidentScene): string[] => notices.map(({ kind }) => kind);
const reasonsOf = ({ decisions }: IncidentScene): string[] => decisions.map(({ reason }) => reason);

/** Lets an hour pass in steps of a minute. */
function passHours(scene: IncidentScene, hours: number): void {
  for (let minute = 0; minute < hours * 60; minute++) scene.step(MINUTE_MS);
}

describe('the life of an incident', () => {
  it('is told when it opens, and when it has been quiet for its time', () => {
    const scene = incidentScene();
    const alert = scene.fire({ pool: 'a' });
    expect(scene.step().map(({ kind }) => kind)).toEqual(['first']);
    expect(scene.step()).toEqual([]);
    scene.resolve(alert);
    expect(scene.step()).toEqual([]);
    expect(scene.living()[0]?.state).toBe('quiet');
    scene.step(MINUTE_MS - 1);
    expect(kindsOf(scene)).toEqual(['first']);
    expect(scene.step(1).map(({ kind }) => kind)).toEqual(['resolved']);
    expect(scene.living()).toEqual([]);
    expect(scene.incidents()[0]).toMatchObject({ state: 'resolved', resolvedAtMs: scene.nowMs() });
  });

  it('is told again when it becomes more severe, and not when it becomes milder', () => {
    const scene = incidentScene();
    const pressure = scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    scene.step();
    const imminent = scene.fire({ pool: 'a' });
    expect(scene.step()).toMatchObject([
      { kind: 'escalated', incident: { severity: 'critical', lead: { id: imminent } } },
    ]);
    scene.resolve(imminent);
    scene.step();
    scene.fire({ pool: 'a' });
    scene.step();
    expect(kindsOf(scene)).toEqual(['first', 'escalated']);
    scene.resolve(pressure);
    expect(scene.step()).toEqual([]);
  });

  it('holds flapping open with a count, and needs a longer quiet each time', () => {
    const scene = incidentScene();
    for (let times = 0; times < 3; times++) {
      const alert = scene.fire({ pool: 'a' });
      scene.step();
      scene.resolve(alert);
      scene.step(30_000);
    }
    expect(scene.living()).toMatchObject([{ recurrences: 2, quietForMs: 16 * MINUTE_MS, state: 'quiet' }]);
    expect(kindsOf(scene)).toEqual(['first']);
    expect(reasonsOf(scene)).toEqual(['flapping', 'flapping']);
    scene.step(16 * MINUTE_MS);
    expect(kindsOf(scene)).toEqual(['first', 'resolved']);
  });

  it('remembers flapping beyond the end of an incident', () => {
    const scene = incidentScene();
    for (let times = 0; times < 6; times++) {
      const alert = scene.fire({ pool: 'a' });
      scene.step();
      scene.resolve(alert);
      for (let minute = 0; minute < 10; minute++) scene.step(MINUTE_MS);
    }
    expect(kindsOf(scene)).toEqual(['first', 'resolved', 'first', 'resolved', 'first']);
    expect(scene.living()).toHaveLength(1);
  });

  it('reminds after an hour, then with pauses that double, up to a day', () => {
    const scene = incidentScene({ maxMessages: 100 });
    scene.fire({ pool: 'a' });
    const hours: number[] = [];
    for (let minute = 0; minute < 80 * 60; minute += 10) {
      if (scene.step(10 * MINUTE_MS).some(({ kind }) => kind === 'reminder')) hours.push(Math.round(minute / 60));
    }
    expect(hours).toEqual([1, 3, 7, 15, 31, 55, 79]);
  });

  it('sends at most four messages, the last of them about the end', () => {
    const scene = incidentScene();
    const alert = scene.fire({ pool: 'a' });
    passHours(scene, 48);
    scene.resolve(alert);
    passHours(scene, 1);
    expect(kindsOf(scene)).toEqual(['first', 'reminder', 'reminder', 'resolved']);
    expect(reasonsOf(scene)).toEqual(['cap reached']);
  });

  it('ends in its time although the clock was set back by a year', () => {
    const scene = incidentScene();
    const alert = scene.fire({ pool: 'a' });
    scene.step();
    scene.resolve(alert);
    scene.step();
    scene.step(-365 * 24 * HOUR_MS);
    expect(scene.living()).toHaveLength(1);
    scene.step(MINUTE_MS);
    expect(kindsOf(scene)).toEqual(['first', 'resolved']);
  });

  it('is over when an alert of it is gone without a change: its row was lost', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a' });
    scene.step();
    const [incident] = scene.living();
    const other = incidentScene();
    expect(incident).toBeDefined();
    if (incident === undefined) return;
    other.incidents().push(incident);
    other.step();
    other.step(2 * MINUTE_MS);
    expect(kindsOf(other)).toEqual(['resolved']);
  });
});

describe('what is held back', () => {
  it('is told once a channel is configured, if it still fires', () => {
    const scene = incidentScene();
    scene.recipients = [];
    scene.fire({ pool: 'a' });
    scene.step();
    scene.step();
    expect(scene.decisions).toMatchObject([{ kind: 'first', told: false, reason: 'channel off' }]);
    scene.recipients = ['ops@example.org'];
    expect(scene.step()).toMatchObject([{ kind: 'first' }]);
  });

  it('has no message about its end when nothing was told of it', () => {
    const scene = incidentScene();
    scene.recipients = [];
    const alert = scene.fire({ pool: 'a' });
    scene.step();
    scene.resolve(alert);
    scene.recipients = ['ops@example.org'];
    scene.step();
    scene.step(HOUR_MS);
    expect(scene.notices).toEqual([]);
  });

  it('says why an alert without mail is not told: a mailed alert of its pool, or its rule', () => {
    const scene = incidentScene();
    const imminent = scene.fire({ pool: 'a' });
    scene.step();
    scene.fire({ pool: 'a', rule: 'failing', mail: false, inhibitedBy: imminent });
    scene.fire({ pool: 'b', rule: 'use', mail: false });
    scene.step();
    const incidentId = scene.living()[0]?.id;
    expect(scene.decisions).toMatchObject([
      { reason: 'below severity', by: null, incidentId: null, told: false },
      { reason: 'inhibited', by: imminent, incidentId, told: false },
    ]);
    expect(scene.living()).toMatchObject([{ alerts: [{ rule: 'imminent' }, { rule: 'failing' }] }]);
  });
});

it('sends at most four messages about 1,000 pools that flap for an hour', () => {
  const scene = incidentScene();
  const firing: string[][] = [];
  for (let beat = 0; beat < 1800; beat++) {
    // Each pool fires for a minute and is calm for a minute; they do so one after another.
    const pools = Array.from({ length: 1000 }, (_, index) => index).filter((index) => (beat * 2 + index) % 120 === 0);
    firing.push(
      pools.map((pool) =>
        scene.fire({ pool: `p${pool}`, place: { localAddress: '10.0.0.1', remoteAddress: `10.1.0.${pool}` } }),
      ),
    );
    if (beat >= 30) firing[beat - 30]?.forEach(scene.resolve);
    scene.step();
  }
  expect(scene.notices.length).toBeLessThanOrEqual(4);
});
