import { describe, expect, it } from 'vitest';
import type { Mute } from '../../../daemon/incident/mutes.js';
import { endSilence, findSilenceState, listSilenceMutes, matchIncident } from '../../../daemon/incident/silences.js';
import type { Matchers } from '../../../daemon/incident/matchers.js';
import { MINUTE_MS } from '../../../daemon/units.js';
import { incidentScene, type IncidentScene } from '../../builders/incident-scene.js';
import { requireValue } from '../../builders/require-value.js';

const kindsOf = ({ notices }: IncidentScene): string[] => notices.map(({ kind }) => kind);
const untoldOf = ({ decisions }: IncidentScene): string[] =>
  decisions.map(({ kind, reason, by }) => `${kind} ${reason} ${by}`);
const silenced = (matchers: Matchers, by = 's1'): Mute => ({ reason: 'silenced', by, matchers });
const MAINTENANCE: Mute = { reason: 'maintenance', by: 'nightly', matchers: null };
const TO_DB = { remoteAddress: '10.0.0.2', remotePort: 5432 };

function pass(scene: IncidentScene, minutes: number): void {
  for (let minute = 0; minute < minutes; minute++) scene.step(MINUTE_MS);
}

describe('a silence', () => {
  it('keeps an incident from being told, and decides so once', () => {
    const scene = incidentScene();
    scene.mutes = [silenced({ pool: 'a' })];
    scene.fire({ pool: 'a' });
    pass(scene, 180);
    expect(scene.notices).toEqual([]);
    expect(untoldOf(scene)).toEqual(['first silenced s1']);
    expect(scene.living()).toMatchObject([{ state: 'open', mutedBy: { reason: 'silenced', by: 's1' } }]);
  });

  it('leads to the first message when it ends while the incident still fires, once', () => {
    const scene = incidentScene();
    scene.mutes = [silenced({ pool: 'a' })];
    scene.fire({ pool: 'a' });
    pass(scene, 5);
    scene.mutes = [];
    expect(scene.step().map(({ kind }) => kind)).toEqual(['first']);
    pass(scene, 5);
    expect(kindsOf(scene)).toEqual(['first']);
    expect(scene.living()).toMatchObject([{ mutedBy: null, held: null }]);
  });

  it('has nobody told of an end whose beginning was not told', () => {
    const scene = incidentScene();
    scene.mutes = [silenced({ pool: 'a' })];
    const alert = scene.fire({ pool: 'a' });
    scene.step();
    scene.resolve(alert);
    pass(scene, 5);
    expect(scene.incidents()).toMatchObject([{ state: 'resolved' }]);
    expect(scene.notices).toEqual([]);
  });

  it('does not keep back the end of an incident whose beginning was told', () => {
    const scene = incidentScene();
    const alert = scene.fire({ pool: 'a' });
    scene.step();
    scene.mutes = [silenced({ pool: 'a' })];
    scene.step();
    scene.resolve(alert);
    pass(scene, 5);
    expect(kindsOf(scene)).toEqual(['first', 'resolved']);
  });

  it('holds back reminders and an escalation, and tells the escalation afterwards', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    scene.step();
    scene.mutes = [silenced({ pool: 'a' })];
    pass(scene, 70);
    scene.fire({ pool: 'a' });
    pass(scene, 70);
    expect(kindsOf(scene)).toEqual(['first']);
    expect(untoldOf(scene).filter((text) => !text.includes('inhibited'))).toEqual([
      'reminder silenced s1',
      'escalated silenced s1',
    ]);
    scene.mutes = [];
    scene.step();
    expect(kindsOf(scene)).toEqual(['first', 'escalated']);
  });

  it('does not hold while an alert of the incident fires that it does not match', () => {
    const scene = incidentScene();
    scene.mutes = [silenced({ pool: 'a' })];
    scene.fire({ pool: 'a', processes: ['psql'] });
    scene.step();
    const other = scene.fire({ pool: 'b', processes: ['psql'] });
    expect(scene.step().map(({ kind }) => kind)).toEqual(['first']);
    expect(scene.living()).toHaveLength(1);
    scene.resolve(other);
    pass(scene, 70);
    expect(kindsOf(scene)).toEqual(['first']);
    expect(untoldOf(scene)).toContain('reminder silenced s1');
  });

  it('holds where several together match all alerts, whatever they are', () => {
    const scene = incidentScene();
    scene.mutes = [silenced({ pool: 'b' }, 's2'), { ...MAINTENANCE, matchers: { pool: 'a' } }];
    scene.fire({ pool: 'a', processes: ['psql'] });
    scene.step();
    scene.fire({ pool: 'b', processes: ['psql'] });
    pass(scene, 3);
    expect(scene.notices).toEqual([]);
    expect(scene.living()).toMatchObject([{ mutedBy: { reason: 'maintenance', by: 'nightly' } }]);
  });

  it('is decided once although the incident flaps, and again when another one takes over', () => {
    const scene = incidentScene();
    scene.mutes = [silenced({ pool: 'a' })];
    for (let times = 0; times < 3; times++) {
      const alert = scene.fire({ pool: 'a' });
      scene.step();
      scene.resolve(alert);
      scene.step(30_000);
    }
    scene.fire({ pool: 'a' });
    scene.step();
    scene.mutes = [silenced({ pool: 'a' }, 's2')];
    pass(scene, 2);
    expect(untoldOf(scene).filter((text) => text.includes('silenced'))).toEqual([
      'first silenced s1',
      'first silenced s2',
    ]);
  });

  const holds = (matchers: Matchers, rule: 'imminent' | 'blind' = 'imminent'): boolean => {
    const scene = incidentScene();
    scene.mutes = [silenced(matchers)];
    scene.fire({ pool: 'a', rule, processes: ['psql'], place: TO_DB });
    return scene.step().length === 0;
  };
  it.each<[string, Matchers, boolean]>([
    ['the pool', { pool: 'a' }, true],
    ['another pool', { pool: 'b' }, false],
    ['the address', { destination: '10.0.0.2' }, true],
    ['the address and port', { destination: '10.0.0.2:5432' }, true],
    ['another port', { destination: '10.0.0.2:443' }, false],
    ['the beginning of an address', { destination: '10.0.0' }, false],
    ['the process', { process: 'psql' }, true],
    ['another process', { process: 'psq' }, false],
    ['the rule', { rule: 'imminent' }, true],
    ['another rule', { rule: 'leak' }, false],
    ['the namespace', { namespace: 'host' }, true],
    ['another namespace', { namespace: 'blue' }, false],
    [
      'everything at once',
      { pool: 'a', destination: '10.0.0.2', process: 'psql', rule: 'imminent', namespace: 'host' },
      true,
    ],
    [
      'everything but one',
      { pool: 'a', destination: '10.0.0.2', process: 'psql', rule: 'leak', namespace: 'host' },
      false,
    ],
    ['another incident', { incident: 'incident_1' }, false],
  ])('matches %s', (_name, matchers, expected) => expect(holds(matchers)).toBe(expected));

  it('matches an alert about no pool by its rule only', () => {
    expect(holds({ rule: 'blind' }, 'blind')).toBe(true);
    expect(holds({ namespace: 'host' }, 'blind')).toBe(false);
    expect(holds({ destination: '10.0.0.2' }, 'blind')).toBe(false);
    expect(holds({ process: 'psql' }, 'blind')).toBe(false);
  });

  it('begins and ends by itself', () => {
    const silence = {
      id: 's',
      matchers: { pool: 'a' },
      beginAtMs: 100,
      endAtMs: 200,
      createdAtMs: 50,
      author: null,
      comment: '',
    };
    const states = [99, 100, 199, 200].map((nowMs) => findSilenceState(silence, nowMs));
    expect(states).toEqual(['pending', 'active', 'active', 'expired']);
    expect([99, 100, 200].map((nowMs) => listSilenceMutes([silence], nowMs).length)).toEqual([0, 1, 0]);
    expect(findSilenceState(endSilence(silence, 150), 150)).toBe('expired');
    expect(endSilence(silence, 60)).toMatchObject({ beginAtMs: 60, endAtMs: 60 });
    expect(endSilence(silence, 300)).toBe(silence);
  });

  it('of an incident matches what its pools have in common', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', processes: ['psql'], place: TO_DB });
    scene.step();
    const incident = requireValue(scene.living()[0]);
    expect(matchIncident(incident)).toEqual({ pool: 'a' });
    const of = (kind: typeof incident.cause.kind, key: string) => matchIncident({ ...incident, cause: { kind, key } });
    expect(of('process', 'psql')).toEqual({ process: 'psql', namespace: 'host' });
    expect(of('destination', '10.0.0.2')).toEqual({ destination: '10.0.0.2', namespace: 'host' });
    expect(of('portcast', '')).toEqual({ rule: 'blind' });
    expect(of('range', '')).toEqual({ incident: incident.id });
    scene.mutes = [silenced({ incident: incident.id })];
    pass(scene, 70);
    expect(untoldOf(scene)).toEqual(['reminder silenced s1']);
  });
});

describe('a maintenance window', () => {
  it('keeps everything from being told while it is open, and leads to the first message when it closes', () => {
    const scene = incidentScene();
    scene.mutes = [MAINTENANCE];
    scene.fire({ pool: 'a' });
    scene.fire({ pool: 'x', rule: 'blind' });
    pass(scene, 3);
    expect(untoldOf(scene)).toEqual(['first maintenance nightly', 'first maintenance nightly']);
    scene.mutes = [];
    expect(scene.step().map(({ kind }) => kind)).toEqual(['first', 'first']);
  });
});
