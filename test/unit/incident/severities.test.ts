import { describe, expect, it } from 'vitest';
import type { Notice } from '../../../daemon/incident/incident.js';
import { HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { incidentScene } from '../../builders/incident-scene.js';

const listTold = (notices: readonly Notice[]): string[] =>
  notices.flatMap(({ kind, recipients }) => recipients.map((name) => `${name}: ${kind}`));

function sceneWithPager(settings = {}) {
  const scene = incidentScene(settings);
  scene.onlyCritical.push('webhook');
  const alert = scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
  const first = listTold(scene.step());
  return { scene, alert, first };
}

describe('a recipient who is told only of critical incidents', () => {
  it('is not told of a warning, which is stored once', () => {
    const { scene, first } = sceneWithPager();
    for (let step = 0; step < 5; step++) scene.step();
    expect(first).toEqual(['ops@example.org: first']);
    const below = scene.decisions.filter(({ reason }) => reason === 'below severity');
    expect(below).toMatchObject([{ kind: 'first', told: false, recipient: 'webhook', by: null }]);
  });

  it('is told by the escalation that the incident begins, and then of its end', () => {
    const { scene, alert } = sceneWithPager();
    const worse = scene.fire({ pool: 'a' });
    expect(listTold(scene.step())).toEqual(['ops@example.org: escalated', 'webhook: first']);
    scene.resolve(alert);
    scene.resolve(worse);
    scene.step();
    expect(listTold(scene.step(MINUTE_MS))).toEqual(['ops@example.org: resolved', 'webhook: resolved']);
  });

  it('is told although the others have had all their messages, which costs them none', () => {
    const { scene, alert } = sceneWithPager({ maxMessages: 2 });
    const worse = scene.fire({ pool: 'a' });
    expect(listTold(scene.step())).toEqual(['webhook: first']);
    expect(scene.decisions.at(-1)).toMatchObject({ kind: 'escalated', reason: 'cap reached', recipient: null });
    expect(listTold(scene.step(2 * HOUR_MS))).toEqual([]);
    scene.resolve(alert);
    scene.resolve(worse);
    scene.step();
    expect(listTold(scene.step(MINUTE_MS))).toEqual(['ops@example.org: resolved', 'webhook: resolved']);
  });

  it('hears nothing of an incident that stays a warning, even where nobody else is told', () => {
    const scene = incidentScene();
    scene.recipients = [];
    scene.onlyCritical.push('webhook');
    const alert = scene.fire({ pool: 'a', rule: 'pressure', severity: 'warning' });
    scene.step();
    scene.resolve(alert);
    scene.step();
    scene.step(MINUTE_MS);
    expect(scene.notices).toEqual([]);
    expect(scene.decisions.map(({ reason, recipient }) => [reason, recipient])).toEqual([
      ['below severity', 'webhook'],
    ]);
  });
});

it('tells a recipient that was configured during the incident with the next message that it begins', () => {
  const scene = incidentScene();
  scene.fire({ pool: 'a' });
  scene.step();
  scene.recipients = ['ops@example.org', 'slack'];
  expect(listTold(scene.step(HOUR_MS))).toEqual(['ops@example.org: reminder', 'slack: first']);
});
