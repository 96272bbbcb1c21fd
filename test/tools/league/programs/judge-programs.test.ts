/** The judge of the league of programs on accounts written by hand, most of which it must reject. */
import { describe, expect, it } from 'vitest';
import type { SeenAlert, SeenPool, Sighting } from '../watch.js';
import { judgeProgram, type FailedCall, type ProgramAccount } from './judge-programs.js';
import { programRow, type ProgramRow } from './program-row.js';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const DESTINATION = '10.99.0.2:9000';
const atMs = (atS: number): number => START_MS + atS * 1000;
const iso = (atS: number): string => new Date(atMs(atS)).toISOString();

const rowOf = (more: Partial<ProgramRow> = {}): ProgramRow =>
  programRow({
    id: 'test',
    title: 'a test',
    ports: 1000,
    programs: [],
    expects: 'exhausts',
    seconds: 60,
    usedAtLeast: 900,
    ...more,
  });

const pool = (more: Partial<SeenPool> = {}): SeenPool => ({
  kind: 'connect',
  remoteAddress: '10.99.0.2',
  remotePort: 9000,
  capacity: 1000,
  used: 950,
  live: 0,
  timeWait: 950,
  reuse: 'none',
  closeRate: 25,
  pressure: 1.5,
  exhaustsAt: iso(40),
  earliestAt: null,
  latestAt: null,
  probability: 1,
  mode: 'churn',
  sampledAt: iso(0),
  cause: null,
  why: 'They run out.',
  ...more,
});
const alert = (more: Partial<SeenAlert> = {}): SeenAlert => ({
  id: 'a',
  rule: 'imminent',
  severity: 'critical',
  state: 'firing',
  mail: true,
  firingAt: iso(0),
  summary: 'runs out',
  destination: DESTINATION,
  ...more,
});
const sighting = (atS: number, alerts: readonly SeenAlert[] = [], pools: readonly SeenPool[] = [pool()]): Sighting => ({
  atMs: atMs(atS),
  granularitySeconds: 2.048,
  granularityLearned: false,
  dumpAgeSeconds: 0,
  pools,
  alerts,
});
const failure = (atS: number): FailedCall => ({ atMs: atMs(atS), destination: DESTINATION, name: 'curl' });
const REFUSED = 'curl: Cannot assign requested address';

const account = (more: Partial<ProgramAccount> = {}): ProgramAccount => ({
  startedAtMs: START_MS,
  onsetAtMs: null,
  failures: [failure(42), failure(40)],
  printed: [REFUSED, 'ok', REFUSED],
  sightings: [sighting(2), sighting(10, [alert()]), sighting(41, [alert()])],
  ...more,
});
const silent = (more: Partial<ProgramAccount> = {}): ProgramAccount =>
  account({ failures: [], printed: [], sightings: [sighting(2), sighting(4)], ...more });

describe('a row of programs whose ports run out', () => {
  it('holds when a critical alert of that destination was seen before the earliest failed connect', () => {
    expect(judgeProgram(rowOf(), account())).toMatchObject({
      faults: [],
      failedAtS: 40,
      failed: 2,
      printedFailures: 2,
      mostUsed: 950,
      leadS: 30,
      falseAlarms: [],
      said: 'They run out.',
      trace: [
        { atS: 2, used: 950, exhaustsInS: 38, firing: [] },
        { atS: 10, used: 950, exhaustsInS: 30, firing: ['imminent'] },
        { atS: 41, used: 950, exhaustsInS: -1, firing: ['imminent'] },
      ],
    });
  });

  it.each([
    ['comes later', [sighting(41.5, [alert()])], 'warned 1.5 s after the first failed connect'],
    ['is of another destination', [sighting(10, [alert({ destination: '10.99.0.3:9000' })])], 'not warned'],
    ['is only pending', [sighting(10, [alert({ state: 'pending' })])], 'not warned'],
    ['is a leak that is not critical', [sighting(10, [alert({ rule: 'leak', severity: 'warning' })])], 'not warned'],
    ['says that connects fail already', [sighting(10, [alert({ rule: 'failing' })])], 'not warned'],
  ])('does not when the alert %s', (_, sightings, fault) => {
    expect(judgeProgram(rowOf(), account({ sightings })).faults).toEqual([fault]);
  });

  it('counts a leak from when it became critical', () => {
    const leak = (severity: SeenAlert['severity']): SeenAlert => alert({ rule: 'leak', severity });
    const sightings = [sighting(10, [leak('warning')]), sighting(25, [leak('critical')])];
    expect(judgeProgram(rowOf(), account({ sightings }))).toMatchObject({ faults: [], leadS: 15 });
  });

  it('does not when no connect failed, or only one of the two witnesses saw it', () => {
    expect(judgeProgram(rowOf(), silent()).faults).toEqual(['truth: no connect failed']);
    expect(judgeProgram(rowOf(), account({ printed: [] })).faults).toEqual([
      'truth: 2 connects failed by the tracepoint, 0 by what the programs print',
    ]);
    expect(judgeProgram(rowOf(), silent({ printed: [REFUSED] })).faults).toEqual([
      'truth: 0 connects failed by the tracepoint, 1 by what the programs print',
    ]);
  });

  it('does not when the traffic was not made', () => {
    const row = rowOf({ usedAtLeast: 960, witness: /^served/ });
    expect(judgeProgram(row, account()).faults).toEqual([
      'traffic: 950 ports were used at most, 960 were to be',
      'traffic: nobody printed /^served/',
    ]);
  });
});

describe('a row whose last burst counts', () => {
  const row = rowOf({ onset: /^phase 19$/, leadAtLeastS: 8 });
  const calm = pool({ exhaustsAt: null, probability: 0.1 });
  const doubtful = pool({ probability: 0.4 });
  const before = [sighting(5, [alert()]), sighting(20, [alert()], [calm])];

  it('takes the time from when it was said without interruption', () => {
    const sightings = [...before, sighting(28, [alert()]), sighting(30, [alert()])];
    const result = judgeProgram(row, account({ onsetAtMs: atMs(22), sightings }));
    expect(result).toMatchObject({ faults: [], leadS: 12 });
  });

  it('does not hold when that was too late, or never', () => {
    const late = [...before, sighting(28, [alert()], [doubtful]), sighting(38, [alert()])];
    expect(judgeProgram(row, account({ onsetAtMs: atMs(22), sightings: late })).faults).toEqual([
      'warned only 2.0 s before, 8 s were to be',
    ]);
    expect(judgeProgram(row, account({ onsetAtMs: atMs(22), sightings: before })).faults).toEqual(['not warned']);
  });

  it('does not count what was said before the mark', () => {
    const sightings = [sighting(5, [alert()]), sighting(39, [alert()])];
    expect(judgeProgram(row, account({ onsetAtMs: atMs(35), sightings })).faults).toEqual([
      'warned only 5.0 s before, 8 s were to be',
    ]);
  });
});

describe('a row of programs whose ports do not run out', () => {
  const row = rowOf({ expects: 'silent' });

  it('holds without a critical alert, whatever other rules say', () => {
    const others = [alert({ rule: 'use', severity: 'info' }), alert({ rule: 'pressure', severity: 'warning' })];
    expect(judgeProgram(row, silent({ sightings: [sighting(2, others)] })).faults).toEqual([]);
  });

  it('does not with one, which is named once, about whichever destination', () => {
    const wolf = alert({ destination: '127.0.0.1:8080' });
    const blind = alert({ id: 'b', rule: 'blind', destination: null });
    const result = judgeProgram(row, silent({ sightings: [sighting(6, [wolf, blind]), sighting(8, [wolf, blind])] }));
    expect(result.falseAlarms).toEqual([{ rule: 'imminent', atS: 6, summary: 'runs out' }]);
    expect(result.faults).toEqual(['false alarm: imminent after 6.0 s']);
  });

  it('does not when a connect failed', () => {
    expect(judgeProgram(row, account()).faults).toEqual([
      'truth: none was to fail, 2 connects failed by the tracepoint, 2 by what the programs print',
    ]);
  });

  it('does not when nothing was heard of portcast', () => {
    expect(judgeProgram(rowOf({ expects: 'silent', usedAtLeast: 0 }), silent({ sightings: [] })).faults).toEqual([
      'portcast said nothing',
    ]);
  });

  it('must say that the other side does not answer where it does not', () => {
    const unanswered = rowOf({ expects: 'silent', unanswered: true });
    expect(judgeProgram(unanswered, silent()).faults).toEqual(['it was not said that the other side does not answer']);
    for (const said of [pool({ cause: 'unanswered' }), pool({ why: '67 connects without an answer.' })]) {
      expect(judgeProgram(unanswered, silent({ sightings: [sighting(2, [], [said])] })).faults).toEqual([]);
    }
  });

  it('leaves the pools of the load generator on loopback out of the figures', () => {
    const local = pool({ remoteAddress: '127.0.0.1', remotePort: 8080, used: 990 });
    expect(judgeProgram(row, silent({ sightings: [sighting(2, [], [local, pool()])] })).mostUsed).toBe(950);
  });
});
