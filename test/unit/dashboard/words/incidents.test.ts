/** The words of the pages of incidents, on incidents that went through the real step. */
import { describe, expect, it } from 'vitest';
import { incidentToWire } from '../../../../daemon/wire/incident.js';
import { outageToWire } from '../../../../daemon/wire/outage.js';
import type { Decision, Incident } from '../../../../dashboard/src/state/incident-types.js';
import { describeDecision, groupDecisions } from '../../../../dashboard/src/words/decisions.js';
import { describeCame, describeFailedConnects, selectOutages } from '../../../../dashboard/src/words/forecast-check.js';
import { formatClockTime } from '../../../../dashboard/src/words/format.js';
import {
  describeCause,
  describePeak,
  describePlace,
  describeSpan,
  writeIncidentHeadline,
} from '../../../../dashboard/src/words/incident.js';
import { listTimeline } from '../../../../dashboard/src/words/timeline.js';
import { incidentScene } from '../../../builders/incident-scene.js';
import { createOutage } from '../../../builders/outage.js';
import { requireValue } from '../../../builders/require-value.js';

const PLACES = ['10.0.0.2', '10.0.0.3', '10.0.0.2'] as const;

/** An incident with so many pools of one process. */
function play(count: number, process = 'psql') {
  const scene = incidentScene();
  PLACES.slice(0, count).forEach((remoteAddress, index) => {
    scene.fire({ pool: `p${index}`, processes: [process], place: { remoteAddress, remotePort: 443 + index } });
    scene.step();
  });
  const wire = (): Incident => incidentToWire(requireValue(scene.incidents()[0]));
  return { scene, wire };
}

function decision(changes: Partial<Decision> = {}): Decision {
  return {
    at: '2026-01-05T14:02:54.000Z',
    incidentId: 'i',
    alertId: 'a1',
    kind: 'first',
    told: false,
    reason: 'flapping',
    by: null,
    recipient: null,
    messageId: null,
    ...changes,
  };
}

const ruleOf = (id: string | null): string | null => ({ a1: 'imminent', a2: 'pressure' })[id ?? ''] ?? null;

describe('an incident', () => {
  it('is named by what happens and where', () => {
    const one = play(1).wire();
    expect(writeIncidentHeadline(one)).toBe('Ports to 10.0.0.2:443 run out');
    expect(
      writeIncidentHeadline(one, [
        { poolId: 'p0', to: null },
        { poolId: 'other', to: null },
      ]),
    ).toBe('Out of ports to 10.0.0.2:443');
    expect(writeIncidentHeadline({ ...one, state: 'resolved' }, [{ poolId: 'p0', to: 5 }])).toBe(
      'Was out of ports to 10.0.0.2:443',
    );
    expect(writeIncidentHeadline({ ...one, state: 'resolved' })).toBe('Ports to 10.0.0.2:443 were running out');
    expect(describeCause(one)).toBe('one destination, ports held by psql');
    const two = play(2).wire();
    expect(writeIncidentHeadline(two)).toBe('Ports to 2 destinations of psql run out');
    expect(writeIncidentHeadline(two, [{ poolId: 'p1', to: null }])).toBe(
      'Out of ports to 10.0.0.3:444, of 2 destinations of psql',
    );
    expect(describeCause(two)).toBe('process psql');
    expect(describePlace({ ...two, cause: { kind: 'destination', key: '10.0.0.2' } })).toBe('10.0.0.2 (2 pools)');
    expect(describePeak(two)).toBe('312 of 1,000 (31%)');
  });

  it('keeps a dollar sign of a name as it is, and a rule that it does not know as the summary', () => {
    const { alerts, ...one } = play(1).wire();
    const pools = one.pools.map((pool) => ({ ...pool, name: "$& $'" }));
    expect(writeIncidentHeadline({ ...one, alerts, pools })).toBe("Ports to $& $' run out");
    const unknown = alerts.map((alert) => ({ ...alert, rule: 'newer' }));
    expect(writeIncidentHeadline({ ...one, alerts: unknown })).toBe(one.summary);
  });

  it('states since when it is open, when it may be over, and how long it lasted', () => {
    const { scene, wire } = play(1);
    const time = (ms: number): string => formatClockTime(ms);
    const openedMs = scene.nowMs();
    scene.step(60_000);
    expect(describeSpan(wire(), scene.nowMs())).toBe(`Open for 60 s, since ${time(openedMs)}`);
    scene.resolve(requireValue(wire().alerts[0]).id);
    scene.step();
    expect(describeSpan(wire(), scene.nowMs())).toBe(
      `Quiet since ${time(scene.nowMs())}: over at ${time(scene.nowMs() + 60_000)} if no alert fires again. It began ${time(openedMs)}`,
    );
    scene.step(60_000);
    expect(describeSpan(wire(), scene.nowMs())).toMatch(/^Over: .* to .* \(2 min 2 s\)$/);
  });
});

describe('why told, why not', () => {
  it.each([
    [{ told: true, reason: 'escalated', kind: 'escalated' as const }, 'Told that it became more severe'],
    [{}, 'Not told of `imminent`: it was told, was quiet, and has only come back'],
    [{ reason: 'inhibited', by: 'a2' }, 'Not told of `imminent`: `pressure` of the same pool is told already'],
    [{ reason: 'inhibited', by: 'incident_1' }, 'Not told of `imminent`: the incident is told already'],
    [{ reason: 'silenced', by: 's1' }, 'Not told that it began: a silence is active (`s1`)'],
    [{ reason: 'channel off', kind: 'resolved' as const }, 'Not told that it is over: no channel is configured'],
    [{ reason: 'acknowledged', by: null, kind: 'reminder' as const }, 'Not told that it still goes on: someone has'],
    [{ reason: 'a newer reason' }, 'Not told that it began: a newer reason'],
  ])('%j', (changes, text) => {
    expect(describeDecision(decision(changes), ruleOf)).toContain(text);
  });

  it('is grouped by recipient, with repetitions as one line and every message as its own', () => {
    const told = decision({ told: true, reason: 'first', recipient: 'a@x' });
    const groups = groupDecisions(
      [
        decision({ at: '2026-01-05T14:09:00Z' }),
        decision({ at: '2026-01-05T14:05:00Z' }),
        decision({ reason: 'inhibited', by: 'a2' }),
        told,
        { ...told, at: '2026-01-05T14:00:00Z' },
        decision({ reason: 'cap reached', recipient: 'b@x' }),
      ],
      ruleOf,
    );
    expect(groups.map(({ recipient, told: count, held }) => [recipient, count, held])).toEqual([
      ['a@x', 2, 0],
      ['b@x', 0, 1],
      [null, 0, 3],
    ]);
    const all = requireValue(groups[2]);
    expect(all.lines.map(({ count, fromMs, toMs }) => [count, (toMs - fromMs) / 60_000])).toEqual([
      [2, 4],
      [1, 0],
    ]);
    expect(groups[0]?.lines).toHaveLength(2);
  });
});

describe('the time line', () => {
  it('has joins within a minute as one event, and everything in order', () => {
    const { scene, wire } = play(3);
    const incident = { ...wire(), decisions: [], deliveries: [] };
    const openedMs = Date.parse(incident.openedAt);
    const outage = outageToWire(createOutage({ poolId: 'p0', fromMs: openedMs + 1000, lastMs: openedMs + 31_000 }));
    const remarks = {
      acknowledgement: { at: new Date(openedMs + 9000).toISOString(), author: null, comment: '' },
      comments: [{ at: new Date(openedMs + 500).toISOString(), author: 'Mira', text: 'Looking.' }],
    };
    const events = listTimeline({ ...incident, ...remarks }, [outage], scene.nowMs());
    expect(events.map(({ title }) => title)).toEqual([
      'Began',
      'Comment by Mira',
      'Out of ports to 10.0.0.2:443',
      '2 pools joined',
      'Acknowledged by someone',
    ]);
    expect(events[1]?.quote).toBe('Looking.');
  });

  it('says when it was told, came back, was quiet and over', () => {
    const { scene, wire } = play(1);
    const { openedAt } = wire();
    scene.resolve(requireValue(wire().alerts[0]).id);
    scene.step();
    scene.step(60_000);
    const over = wire();
    const decisions = [
      decision({ at: requireValue(over.resolvedAt ?? undefined), told: true, kind: 'resolved', recipient: 'a@x' }),
      decision({ at: openedAt, told: true, kind: 'first', recipient: 'a@x' }),
      decision({ at: openedAt, told: true, kind: 'first', recipient: 'b@x' }),
    ];
    const events = listTimeline({ ...over, decisions, deliveries: [] }, [], scene.nowMs());
    expect(events.map(({ title, text }) => `${title} ${text}`.trim())).toEqual([
      'Began 10.0.0.2:443',
      'Told a@x, b@x',
      'Quiet No alert fires any more.',
      'Over',
      'End told a@x',
    ]);
  });
});

describe('forecast and outcome', () => {
  const incident = play(1).wire();
  const pool = requireValue(incident.pools[0]);
  const openedMs = Date.parse(incident.openedAt);
  const at = { isOver: false, nowMs: openedMs + 60_000 };
  const outage = (fromMs: number, changes = {}) =>
    outageToWire(createOutage({ poolId: pool.id, fromMs, lastMs: fromMs + 30_000, ...changes }));

  it('compares the forecast instant with the first outage', () => {
    const forecastMs = Date.parse(requireValue(pool.forecastExhaustionAt ?? undefined));
    const came = (fromMs: number) => describeCame(pool, { ...at, outages: [outage(fromMs)] });
    expect(came(forecastMs + 4000)).toMatch(/^Ran out .*, 4 s later, for 30 s$/);
    expect(came(forecastMs - 4000)).toMatch(/, 4 s earlier, for 30 s$/);
    expect(came(forecastMs)).toMatch(/, as forecast, for 30 s$/);
    expect(describeCame(pool, { ...at, outages: [outage(forecastMs, { isOver: false })] })).toMatch(/, still so$/);
  });

  it('says that it did not run out only once the forecast has passed, and nothing where outages are not known', () => {
    expect(describeCame(pool, { ...at, outages: [] })).toBe('Did not run out');
    expect(describeCame(pool, { isOver: false, nowMs: openedMs, outages: [] })).toBe('Has not run out so far');
    expect(describeCame(pool, { ...at, outages: null })).toBe('not known');
  });

  it('takes the outages of its pools within its time', () => {
    const before = outage(openedMs - 40_000);
    const during = outage(openedMs - 10_000);
    const other = outage(openedMs, { poolId: 'other' });
    expect(selectOutages(incident, [other, during, before])).toEqual([during]);
  });

  it('adds up the failed connects, and says what was estimated or not counted', () => {
    const unknown = outage(0, { failedConnects: null });
    expect(describeFailedConnects([])).toBeNull();
    expect(describeFailedConnects([unknown])).toBe('failed connects not counted');
    expect(describeFailedConnects([unknown, outage(0), outage(1)])).toBe('330 connects failed');
    expect(describeFailedConnects([outage(0, { isEstimated: true, failedConnects: 1 })])).toBe(
      'about 1 connect failed (partly estimated)',
    );
  });
});
