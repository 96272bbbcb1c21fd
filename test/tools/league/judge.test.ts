/** The judge of the league on accounts written by hand, most of which it must reject. */
import { describe, expect, it } from 'vitest';
import type { ClientEvent } from './client.js';
import { errorLimitS, judge } from './judge.js';
import type { Row } from './row.js';
import { ROWS } from './rows.js';
import type { Account } from './run-row.js';
import { arrivals } from './traffic.js';
import type { SeenAlert, SeenPool, Sighting } from './watch.js';

const START_MS = Date.parse('2026-01-01T00:00:00Z');
const iso = (atS: number): string => new Date(START_MS + atS * 1000).toISOString();
const rowOf = (id: string): Row => {
  const row = ROWS.find((each) => each.id === id);
  if (row === undefined) throw new Error(`no row ${id}`);
  return row;
};

const changed = (atS: number): ClientEvent => ({ event: 'changed', atMs: START_MS + atS * 1000, afterMs: atS * 1000 });
const failed = (atS: number, code = 'EADDRNOTAVAIL'): ClientEvent => ({
  event: 'failed',
  atMs: START_MS + atS * 1000,
  afterMs: atS * 1000,
  code,
  syscall: 'connect',
});
const ended = (atS: number): ClientEvent => ({
  event: 'ended',
  atMs: START_MS + atS * 1000,
  afterMs: atS * 1000,
  opened: 1000,
  refused: 1,
  peakTimeWait: 1000,
  lateMedianMs: 0,
  lateP99Ms: 0,
  lateMaxMs: 0,
  ranFirst: true,
});

const pool = (atS: number, exhaustsAtS: number | null): SeenPool => ({
  kind: 'connect',
  remoteAddress: '10.99.0.2',
  remotePort: 7000,
  capacity: 1000,
  used: 0,
  live: 0,
  timeWait: 0,
  reuse: 'none',
  closeRate: 25,
  pressure: 1.5,
  earliestAt: null,
  latestAt: null,
  probability: 1,
  mode: 'churn',
  cause: null,
  why: '',
  sampledAt: iso(atS),
  exhaustsAt: exhaustsAtS === null ? null : iso(exhaustsAtS),
});
const imminent = (atS: number): SeenAlert => ({
  id: 'a',
  rule: 'imminent',
  severity: 'critical',
  destination: '10.99.0.2:7000',
  state: 'firing',
  mail: true,
  firingAt: iso(atS),
  summary: '',
});
const sighting = (seen: SeenPool, alerts: readonly SeenAlert[] = []): Sighting => ({
  atMs: Date.parse(seen.sampledAt),
  granularitySeconds: 2.048,
  granularityLearned: false,
  dumpAgeSeconds: 0,
  pools: [seen],
  alerts,
});

const overAccount = (sightings: readonly Sighting[], failsAtS = 40): Account => ({
  events: [changed(0), failed(failsAtS), ended(failsAtS)],
  sightings,
});

describe('a row that exhausts', () => {
  const alert = [imminent(6)];

  it('holds when every forecast from the second sample on is near enough, and the alert came before', () => {
    const account = overAccount([
      sighting(pool(1, 90)),
      sighting(pool(3, 44.0)),
      sighting(pool(3, 44.0)),
      sighting(pool(5, 37), alert),
      sighting(pool(41, 999)),
    ]);
    const result = judge(rowOf('over'), account, 250);
    expect(result.faults).toEqual([]);
    expect(result.error).toEqual({ count: 2, silent: 0, medianS: 3, worstS: 4 });
    expect(result.leadS).toBe(34);
  });

  it('does not when a forecast is further off than an interval and a step of the wheel', () => {
    const account = overAccount([sighting(pool(1, 40)), sighting(pool(3, 44.1), alert)]);
    expect(judge(rowOf('over'), account, 250).faults).toEqual([
      '1 of 1 forecasts were off by more than 4.05 s, by up to 4.10 s',
    ]);
    expect(errorLimitS(1000)).toBeCloseTo(6.096);
  });

  it('does not when a forecast names no instant, or no alert came in time', () => {
    const account = overAccount([
      sighting(pool(1, 40)),
      sighting(pool(3, null)),
      sighting(pool(5, 40), [imminent(41)]),
    ]);
    expect(judge(rowOf('over'), account, 250).faults).toEqual([
      'no imminent alert fired before the failure',
      '1 of 2 forecasts named no instant',
    ]);
  });

  it('awaits no alert within the time that alerts of the row wait for further samples', () => {
    const account = overAccount([sighting(pool(1, 40)), sighting(pool(37, 40))]);
    expect(judge(rowOf('over'), account, 250).faults).toEqual(['no imminent alert fired before the failure']);
    expect(judge({ ...rowOf('over'), confirmS: 4 }, account, 250).faults).toEqual([]);
    const early = overAccount([sighting(pool(1, 40)), sighting(pool(30, 40))]);
    expect(judge({ ...rowOf('over'), confirmS: 4 }, early, 250).faults).toHaveLength(1);
  });

  it('does not when the sockets do something else than the table says', () => {
    const early = overAccount([sighting(pool(1, 40)), sighting(pool(3, 39), alert)], 39);
    expect(judge(rowOf('over'), early, 250).faults).toEqual([
      'truth: 40.00 s was to come, EADDRNOTAVAIL after 39.00 s',
    ]);
    const unbound = { events: [changed(0), failed(41.7), ended(41.7)], sightings: [sighting(pool(1, 40))] };
    expect(judge(rowOf('bind'), unbound, 250).faults).toEqual([
      'truth: 41.67 s, EADDRINUSE was to come, EADDRNOTAVAIL after 41.70 s',
      'no pool of kind bind was seen',
    ]);
  });

  it('starts anew with the third sample after each change of the traffic where it holds a burst', () => {
    const events = [changed(0), changed(0.4), changed(10), failed(40.4), ended(40.4)];
    const sightings = [0.2, 2.2, 4.2, 6.2, 10.2, 12.2, 14.2].map((atS) => sighting(pool(atS, 40.4), alert));
    const { forecasts } = judge(rowOf('burst2'), { events, sightings }, 250);
    expect(forecasts.filter(({ counts }) => counts).map(({ madeAtS }) => madeAtS)).toEqual([6.2, 14.2]);
  });
});

describe('a row near the limit', () => {
  it('counts from when the rate differs from the sustainable one by a whole close', () => {
    const events = [changed(0), failed(62.5), ended(62.5)];
    const sightings = [2, 6, 11.9, 12.2, 40].map((atS) => sighting(pool(atS, atS < 12 ? null : 62), [imminent(20)]));
    expect(judge(rowOf('near2'), { events, sightings }, 250)).toMatchObject({ faults: [], error: { count: 2 } });
  });
});

describe('a row that never fails', () => {
  const under = (alerts: readonly SeenAlert[]): Account => ({
    events: [changed(0), ended(150)],
    sightings: [sighting(pool(3, null), alerts)],
  });

  it('holds without an imminent alert, whatever pressure and use say', () => {
    const result = judge(rowOf('under'), under([{ ...imminent(5), rule: 'use' }]), 250);
    expect(result).toMatchObject({ faults: [], otherRules: ['use'] });
  });

  it('does not with one, nor when something did fail', () => {
    expect(judge(rowOf('under'), under([imminent(5)]), 250).faults).toEqual([
      'an imminent alert fired after 5.0 s, and nothing failed',
    ]);
    const failing = { ...under([]), events: [changed(0), failed(100), ended(100)] };
    expect(judge(rowOf('under'), failing, 250).faults[0]).toBe(
      'truth: never was to come, EADDRNOTAVAIL after 100.00 s',
    );
  });

  it('bears an alert only while traffic that went on like that would have exhausted', () => {
    const at = (...firedAtS: number[]): readonly string[] => {
      const alerts = firedAtS.map((atS, n) => ({ ...imminent(atS), id: String(n) }));
      return judge(rowOf('settles'), under(alerts), 250).faults;
    };
    expect(at(6)).toEqual([]);
    expect(at(6, 25)).toEqual(['an imminent alert fired after 25.0 s, and nothing failed']);
  });

  it('finds a pool where UDP alone was spoken', () => {
    expect(judge(rowOf('udp'), under([]), 250).faults).toEqual(['there is a pool, though no TCP connection was made']);
  });
});

describe('the rows', () => {
  it('have names that fit and differ', () => {
    expect(new Set(ROWS.map(({ id }) => id)).size).toBe(ROWS.length);
  });

  it('open connections at the instants of their schedule', () => {
    const first = (id: string, count: number): number[] =>
      arrivals(rowOf(id).streams)
        .slice(0, count)
        .map(({ atS }) => Number(atS.toFixed(3)));
    expect(first('over', 4)).toEqual([0, 0.04, 0.08, 0.12]);
    // Two streams of 12/s alternate: one connection every 24th of a second.
    expect(first('bind', 3)).toEqual([0, 0.042, 0.083]);
    const burst = arrivals(rowOf('burst2').streams);
    expect(burst.filter(({ inBurst }) => inBurst)).toHaveLength(900);
    expect(burst[900]?.atS).toBeCloseTo(0.4);
    // 2 t + 0.15 t^2 = 1,000 + the 70 connections of the first 16 s, whose ports are free again by then.
    expect(arrivals(rowOf('ramp').streams).filter(({ atS }) => atS < 78.2).length).toBeGreaterThan(1060);
  });
});
