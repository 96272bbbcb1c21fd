import { describe, expect, it } from 'vitest';
import { acknowledge, addComment, MAX_COMMENTS, withdrawAcknowledgement } from '../../../daemon/incident/remarks.js';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { incidentScene, type IncidentScene } from '../../builders/incident-scene.js';
import { requireValue } from '../../builders/require-value.js';

const kindsOf = ({ notices }: IncidentScene): string[] => notices.map(({ kind }) => kind);
const untoldOf = ({ decisions }: IncidentScene): string[] =>
  decisions.map(({ kind, reason, by }) => `${kind} ${reason} ${by}`);

function pass(scene: IncidentScene, minutes: number): void {
  for (let minute = 0; minute < minutes; minute++) scene.step(MINUTE_MS);
}

describe('an acknowledgement', () => {
  const take = (scene: IncidentScene): void =>
    scene.change((incident) => acknowledge(incident, { author: 'ada', text: 'on it' }, scene.nowMs()));

  it('stops reminders, decides so once, and does not keep back the end', () => {
    const scene = incidentScene();
    const alert = scene.fire({ pool: 'a' });
    scene.step();
    take(scene);
    pass(scene, 600);
    expect(untoldOf(scene)).toEqual(['reminder acknowledged ada']);
    scene.resolve(alert);
    pass(scene, 3);
    expect(kindsOf(scene)).toEqual(['first', 'resolved']);
    expect(scene.incidents()).toMatchObject([
      { acknowledgement: { author: 'ada', comment: 'on it', severity: 'critical' } },
    ]);
  });

  it('is lifted when the incident becomes more severe, which is told, and reminders go on', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    scene.step();
    take(scene);
    scene.fire({ pool: 'a' });
    scene.step();
    expect(scene.living()).toMatchObject([{ severity: 'critical', acknowledgement: null }]);
    pass(scene, 70);
    expect(kindsOf(scene)).toEqual(['first', 'escalated', 'reminder']);
  });

  it('stays when the incident becomes worse up to the acknowledged severity only', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a' });
    scene.step();
    take(scene);
    scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    pass(scene, 3);
    expect(scene.living()).toMatchObject([{ acknowledgement: { author: 'ada' } }]);
  });

  it('is lifted although the incident is silenced', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    scene.step();
    take(scene);
    scene.mutes = [{ reason: 'silenced', by: 's1', matchers: { pool: 'a' } }];
    scene.fire({ pool: 'a' });
    scene.step();
    expect(scene.living()).toMatchObject([{ acknowledgement: null }]);
  });

  it('can be withdrawn: a reminder that has become due is told', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a' });
    scene.step();
    take(scene);
    pass(scene, 90);
    scene.change(withdrawAcknowledgement);
    expect(scene.step().map(({ kind }) => kind)).toEqual(['reminder']);
  });

  it('ends with the incident: the next one with the same cause is told with reminders', () => {
    const scene = incidentScene();
    const alert = scene.fire({ pool: 'a' });
    scene.step();
    take(scene);
    scene.resolve(alert);
    scene.step(2 * HOUR_MS);
    scene.step(2 * HOUR_MS);
    scene.fire({ pool: 'a' });
    pass(scene, 70);
    expect(scene.living()).toHaveLength(1);
    expect(scene.living()[0]?.acknowledgement ?? null).toBeNull();
    expect(kindsOf(scene)).toEqual(['first', 'resolved', 'first', 'reminder']);
  });
});

describe('comments', () => {
  it('are kept in their order, and there are only so many', () => {
    const scene = incidentScene();
    scene.fire({ pool: 'a' });
    scene.step();
    let incident = requireValue(scene.living()[0]);
    for (let count = 0; count < MAX_COMMENTS; count++) {
      incident = requireValue(addComment(incident, { author: null, text: `no ${count}` }, count) ?? undefined);
    }
    expect(incident.comments?.map(({ text }) => text).slice(0, 2)).toEqual(['no 0', 'no 1']);
    expect(addComment(incident, { author: null, text: 'one more' }, 0)).toBeNull();
  });
});
