import { describe, expect, it } from 'vitest';
import { MAX_SILENCES } from '../../../daemon/incident/silences.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../../../daemon/units.js';
import { incidentDesk } from '../../builders/incident-desk.js';

const ADA = { author: 'ada', text: 'on it' };

describe('an acknowledgement', () => {
  it('is stored when the call returns, is what the next step begins with, and outlives a restart', () => {
    const { commands, incident, step, test } = incidentDesk();
    const { id } = incident();
    expect(commands.acknowledge({ incidentId: id }, ADA)).toMatchObject({ id, acknowledgement: { author: 'ada' } });
    test.clock.advance(2 * HOUR_MS);
    const { decisions, messages } = step();
    expect(messages).toEqual([]);
    expect(decisions).toMatchObject([{ kind: 'reminder', reason: 'acknowledged', by: 'ada', told: false }]);
    test.reopen();
    expect(test.store.loadIncidents()).toMatchObject([{ id, acknowledgement: { author: 'ada', comment: 'on it' } }]);
    expect(test.store.listDecisions({ incidentId: id }, 10)).toMatchObject([{ reason: 'acknowledged' }]);
  });

  it('is found by the id of an alert, and can be withdrawn', () => {
    const { commands, incident, alertId } = incidentDesk();
    expect(commands.acknowledge({ alertId }, ADA)?.id).toBe(incident().id);
    expect(commands.withdraw({ alertId })?.acknowledgement).toBeNull();
    expect(commands.withdraw({ alertId })?.acknowledgement).toBeNull();
    expect(incident().acknowledgement).toBeNull();
  });

  it('is refused where there is no such incident, and where it is over', () => {
    const { commands, incident, alertId, step, test } = incidentDesk();
    expect(commands.acknowledge({ incidentId: 'nothing' }, ADA)).toBeNull();
    expect(commands.acknowledge({ alertId: 'nothing' }, ADA)).toBeNull();
    test.clock.advance(MINUTE_MS);
    step(true);
    expect(() => commands.acknowledge({ alertId }, ADA)).toThrow(`incident ${incident().id} is over`);
  });

  it('is kept in memory while the file cannot be written, and written later', () => {
    const { commands, incident, test } = incidentDesk();
    const lock = test.sql();
    lock.exec('BEGIN IMMEDIATE');
    commands.acknowledge({ incidentId: incident().id }, ADA);
    const { id } = commands.addSilence(request(test.clock.wallMs()));
    expect(test.health.problems.get('store')).toMatch(/kept in memory/);
    expect(commands.listSilences()).toMatchObject([{ id }]);
    lock.exec('ROLLBACK');
    test.pass(3000);
    test.reopen();
    expect(test.store.loadIncidents()).toMatchObject([{ acknowledgement: { author: 'ada' } }]);
    expect(test.store.listSilences()).toMatchObject([{ id }]);
  });
});

it('comments an incident also when it is over, and at most so often', () => {
  const { commands, incident, step, test } = incidentDesk();
  const { id } = incident();
  test.clock.advance(MINUTE_MS);
  step(true);
  for (let count = 0; count < 100; count++) commands.comment(id, { author: null, text: `${count}` });
  expect(() => commands.comment(id, ADA)).toThrow('has 100 comments, which is the most');
  expect(commands.comment('nothing', ADA)).toBeNull();
  test.reopen();
  expect(test.store.findIncident(id)?.comments).toHaveLength(100);
});

it('reads an incident that was stored by a version without acknowledgements and comments', () => {
  const { incident, test } = incidentDesk();
  const { acknowledgement, comments, mutedBy, ...old } = incident();
  expect([acknowledgement, comments, mutedBy]).toEqual([undefined, undefined, undefined]);
  test
    .sql()
    .prepare('UPDATE incident SET body = ?')
    .run(JSON.stringify({ ...old, held: { kind: 'first', reason: 'channel off' } }));
  test.reopen();
  expect(test.store.loadIncidents()).toMatchObject([{ id: old.id, held: { reason: 'channel off' } }]);
});

function request(nowMs: number) {
  return { matchers: { pool: 'a' }, beginAtMs: nowMs, endAtMs: nowMs + HOUR_MS, author: 'ada', comment: 'known' };
}

describe('silences', () => {
  it('hold from the next step on, outlive a restart, and end by themselves', () => {
    const { commands, incident, step, test } = incidentDesk();
    const nowMs = test.clock.wallMs();
    const { id } = commands.addSilence({ ...request(nowMs), matchers: { incident: incident().id } });
    step();
    expect(incident().mutedBy).toEqual({ reason: 'silenced', by: id });
    test.reopen();
    expect(test.store.listSilences()).toMatchObject([{ id, matchers: { incident: incident().id }, comment: 'known' }]);
    expect(test.store.loadIncidents()).toMatchObject([{ mutedBy: { by: id } }]);
    test.clock.advance(HOUR_MS);
    expect(step().messages).toMatchObject([{ notice: { kind: 'reminder' } }]);
    expect(incident().mutedBy).toBeNull();
  });

  it('can be ended, stay listed for a week, and are then deleted', () => {
    const { commands, test } = incidentDesk();
    const { id } = commands.addSilence(request(test.clock.wallMs()));
    test.clock.advance(MINUTE_MS);
    expect(commands.endSilence(id)).toMatchObject({ endAtMs: test.clock.wallMs() });
    expect(commands.endSilence(id)).toMatchObject({ endAtMs: test.clock.wallMs() });
    expect(commands.endSilence('nothing')).toBeNull();
    test.clock.advance(6 * DAY_MS);
    expect(commands.listSilences()).toHaveLength(1);
    test.clock.advance(2 * DAY_MS);
    expect(commands.listSilences()).toEqual([]);
  });

  it('are refused when there are too many, of which those that have ended do not count', () => {
    const { commands, test } = incidentDesk();
    const silences = Array.from({ length: MAX_SILENCES }, (_, index) => ({
      ...request(test.clock.wallMs()),
      id: `s${index}`,
      createdAtMs: index,
    }));
    test.store.commitAlerts([], [], { incidents: [], decisions: [], silences });
    expect(() => commands.addSilence(request(test.clock.wallMs()))).toThrow(`${MAX_SILENCES} silences have not ended`);
    commands.endSilence('s7');
    expect(commands.addSilence(request(test.clock.wallMs())).id).toMatch(/^silence_\d+_[0-9a-f]{8}$/);
  });
});

describe('the link of a message', () => {
  it('is read as often as one likes, and acts once', () => {
    const { commands, incident, link } = incidentDesk();
    const { acknowledge } = link();
    for (let times = 0; times < 50; times++) expect(commands.findLink(acknowledge)?.state).toBe('ready');
    expect(incident().acknowledgement ?? null).toBeNull();
    expect(commands.useLink(acknowledge)?.state).toBe('done');
    expect(incident().acknowledgement).toMatchObject({ author: 'ops@example.org' });
    commands.withdraw({ incidentId: incident().id });
    expect(commands.useLink(acknowledge)?.state).toBe('spent');
    expect(incident().acknowledgement).toBeNull();
  });

  it('silences what the pools of the incident have in common, for its time', () => {
    const { commands, incident, link, test } = incidentDesk();
    expect(commands.useLink(link()['8 h'])?.state).toBe('done');
    const { id, poolId } = incident().lead;
    expect(id).not.toBe('');
    expect(commands.listSilences()).toMatchObject([
      { matchers: { pool: poolId }, endAtMs: test.clock.wallMs() + 8 * HOUR_MS, author: 'ops@example.org' },
    ]);
  });

  it('is still spent after a restart, and still good where it was not used', () => {
    const { commands, link, test } = incidentDesk();
    const links = link();
    commands.useLink(links['1 h']);
    test.reopen();
    expect(commands.useLink(links['1 h'])?.state).toBe('spent');
    expect(commands.useLink(links.acknowledge)?.state).toBe('done');
  });

  it('expires after a week', () => {
    const { commands, link, test } = incidentDesk();
    const { acknowledge } = link();
    test.clock.advance(7 * DAY_MS - 1);
    expect(commands.findLink(acknowledge)?.state).toBe('ready');
    test.clock.advance(1);
    expect(commands.findLink(acknowledge)?.state).toBe('expired');
    expect(commands.useLink(acknowledge)?.state).toBe('expired');
  });

  it('does nothing when the incident is over', () => {
    const { commands, link, step, test } = incidentDesk();
    const links = link();
    test.clock.advance(MINUTE_MS);
    step(true);
    expect(commands.useLink(links['1 h'])?.state).toBe('over');
    expect(commands.useLink(links.acknowledge)?.state).toBe('over');
    expect(commands.listSilences()).toEqual([]);
  });

  it.each(['', 'x', 'A'.repeat(43), '../../etc/passwd', `${'A'.repeat(42)}\0`])('is unknown: %j', (text) => {
    const { commands } = incidentDesk();
    expect(commands.findLink(text)).toBeNull();
    expect(commands.useLink(text)).toBeNull();
  });

  it('has a token that is not stored and not logged, and is not that of another one', () => {
    const { commands, link, test } = incidentDesk();
    const links = [link(), link()].flatMap((one) => Object.values(one));
    commands.useLink(links[0] ?? '');
    expect(new Set(links).size).toBe(6);
    const stored = JSON.stringify(test.sql().prepare('SELECT * FROM action_token').all());
    const logged = JSON.stringify(test.log.lines);
    expect(logged).toContain('link of a message used');
    for (const token of links) {
      expect(token).toMatch(/^[\w-]{43}$/);
      expect(stored).not.toContain(token);
      expect(logged).not.toContain(token);
    }
  });

  it('says that it cannot be read while the file is away, where it may be known there', () => {
    const { commands, test } = incidentDesk();
    test.sql().exec('DROP TABLE action_token');
    expect(() => commands.findLink('A'.repeat(43))).toThrow(expect.objectContaining({ name: 'PortcastError' }));
  });
});
