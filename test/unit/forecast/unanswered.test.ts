/** Connects that nobody answers: a queue of their own, whose rows end when the application or the kernel gives up. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  countWaiting,
  createUnansweredMemory,
  findUnansweredTiming,
  measureUnanswered,
  scheduleUnanswered,
  type Unanswered,
  type UnansweredMemory,
} from '../../../daemon/forecast/unanswered.js';
import { findOrphanLifeMs } from '../../../daemon/host/orphan-life.js';
import { findSynLifeMs } from '../../../daemon/host/syn-timing.js';
import type { Pool } from '../../../daemon/pool/pool.js';
import { STATE, STATE_COUNT } from '../../../daemon/snapshot/snapshot.js';
import { createPool } from '../../builders/pool.js';
import { requireValue } from '../../builders/require-value.js';
import { findSynTimer } from '../../tools/simulator/behaviour.js';
import { LEARNED, limitsOf } from '../../tools/simulator/world.js';

const SEEDED = { seed: 35, numRuns: 60 };
const LIMITS = limitsOf();
const { hz } = LEARNED;
const SYN_LIFE_MS = findSynLifeMs(LIMITS, hz);

interface Waiting {
  readonly port: number;
  readonly state?: number;
  readonly retransmits?: number;
  readonly timerMs?: number;
}

/** A pool with these rows that wait, and so many established ones. */
function createWaiting(rows: readonly Waiting[], established = 0): Pool {
  const pool = createPool({ live: established });
  const states = new Uint32Array(STATE_COUNT);
  states[STATE.ESTABLISHED - 1] = established;
  for (const { state = STATE.SYN_SENT } of rows) states[state - 1] = (states[state - 1] ?? 0) + 1;
  const { ports } = pool;
  return {
    ...pool,
    states,
    live: established + rows.length,
    ports: {
      ...ports,
      live: Uint16Array.from([...ports.live, ...rows.map(({ port }) => port)]),
      liveState: Uint8Array.from([...ports.liveState, ...rows.map(({ state = STATE.SYN_SENT }) => state)]),
      retransmits: Uint8Array.from([...ports.retransmits, ...rows.map(({ retransmits = 0 }) => retransmits)]),
      timerMs: Int32Array.from([...ports.timerMs, ...rows.map(({ timerMs = 0 }) => timerMs)]),
    },
  };
}

const measure = (rows: readonly Waiting[], memory: UnansweredMemory, monotonicMs: number): Unanswered | null =>
  measureUnanswered(createWaiting(rows, 5), memory, { monotonicMs, limits: LIMITS, hz });

/** The rows of connects at an even pace, as the table shows them: with their retransmissions, or without. */
function paceRows(perSecond: number, nowMs: number, of: { lifeMs: number; shows: boolean }): Waiting[] {
  const rows: Waiting[] = [];
  for (let i = 0; (i * 1000) / perSecond <= nowMs; i += 1) {
    const ageMs = nowMs - (i * 1000) / perSecond;
    if (ageMs >= of.lifeMs) continue;
    const { retransmits, leftMs } = findSynTimer(ageMs);
    rows.push({ port: 20_000 + (i % 5000), ...(of.shows ? { retransmits, timerMs: leftMs } : {}) });
  }
  return rows;
}

/** Samples every 2 s up to `untilMs`. */
function follow(perSecond: number, untilMs: number, of: { lifeMs: number; shows: boolean }): Unanswered | null {
  const memory = createUnansweredMemory();
  let newest: Unanswered | null = null;
  for (let nowMs = 700; nowMs <= untilMs; nowMs += 2000)
    newest = measure(paceRows(perSecond, nowMs, of), memory, nowMs);
  return newest;
}

describe('the rows that wait for an answer', () => {
  it('are those in SYN_SENT, FIN_WAIT1, LAST_ACK and CLOSING, and no others', () => {
    for (const state of Object.values(STATE)) {
      const waits = [STATE.SYN_SENT, STATE.FIN_WAIT1, STATE.LAST_ACK, STATE.CLOSING].some((each) => each === state);
      expect(countWaiting(createWaiting([{ port: 1, state }])), `state ${state}`).toBe(waits ? 1 : 0);
    }
  });

  it('count as unanswered once they have waited for a second, not during a handshake', () => {
    const memory = createUnansweredMemory();
    expect(measure([{ port: 1 }], memory, 10_000)).toBeNull();
    expect(measure([{ port: 1 }], memory, 10_999)).toBeNull();
    expect(measure([{ port: 1 }], memory, 11_000)?.agesMs).toEqual([1000]);
  });

  it('are as old as their retransmissions and their timer tell, even at the first sample', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1500, max: 60_000 }), { minLength: 1, maxLength: 40 }), (ages) => {
        const rows = ages.map((ageMs, i): Waiting => {
          const { retransmits, leftMs } = findSynTimer(ageMs);
          return { port: 20_000 + i, retransmits, timerMs: leftMs };
        });
        const { agesMs } = requireValue(measure(rows, createUnansweredMemory(), 1_000_000));
        expect(agesMs).toHaveLength(ages.length);
        // The real timers run late by up to a step of their wheel, of which half is presumed.
        agesMs.forEach((ageMs, i) => {
          expect(Math.abs(ageMs - requireValue(ages[i]))).toBeLessThan(100 + requireValue(ages[i]) / 20);
        });
      }),
      SEEDED,
    );
  });

  it('are as old as they have been seen where the table has no retransmissions', () => {
    const memory = createUnansweredMemory();
    measure([{ port: 1 }], memory, 10_000);
    expect(measure([{ port: 1 }, { port: 2 }], memory, 14_000)?.agesMs).toEqual([4000, 2000]);
    expect(measure([{ port: 1 }, { port: 2 }], memory, 20_000)?.agesMs).toEqual([10_000, 8000]);
  });

  it('begin anew where a port has fewer retransmissions than before: it is that of another connect', () => {
    const memory = createUnansweredMemory();
    const old: Waiting = { port: 1, retransmits: 6, timerMs: 3000 };
    measure([old], memory, 10_000);
    const { agesMs } = requireValue(measure([{ port: 1 }, { ...old, port: 2 }], memory, 20_000));
    // The new connect came at some instant since, and the other one has its age from its timer.
    expect(requireValue(agesMs[0])).toBeLessThan(10_000);
    expect(agesMs).toHaveLength(2);
  });
});

describe('the rate of unanswered connects', () => {
  it.each([true, false])('is that at which they come, within its interval (retransmissions shown: %s)', (shows) => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 15, max: 60 }), (perSecond, seconds) => {
        const found = requireValue(follow(perSecond, 1000 * seconds, { lifeMs: SYN_LIFE_MS, shows }));
        expect(found.low).toBeLessThanOrEqual(found.perSecond);
        expect(found.high).toBeGreaterThanOrEqual(found.perSecond);
        expect(found.low).toBeGreaterThanOrEqual(0);
        expect(Math.abs(found.perSecond / perSecond - 1)).toBeLessThan(0.2);
        expect(Math.abs(found.lastedMs / (1000 * seconds) - 1)).toBeLessThan(0.2);
      }),
      SEEDED,
    );
  });

  it('follows a stop: old rows give no rate of now', () => {
    const memory = createUnansweredMemory();
    const rows = paceRows(5, 20_000, { lifeMs: SYN_LIFE_MS, shows: false });
    for (let nowMs = 20_000; nowMs <= 50_000; nowMs += 2000) measure(rows, memory, nowMs);
    const { perSecond } = requireValue(measure(rows, memory, 52_000));
    expect(perSecond).toBeLessThan(0.5);
  });
});

describe('how long an unanswered connect holds its port', () => {
  it('is as long as the kernel tries, until another time-out is seen', () => {
    expect(follow(2, 60_000, { lifeMs: SYN_LIFE_MS, shows: true })?.holdMs).toBe(SYN_LIFE_MS);
  });

  it.each([
    [5, true],
    [5, false],
    [20, true],
    [20, false],
  ])('is the time-out of the application: %d s (retransmissions shown: %s)', (timeoutSeconds, shows) => {
    const lifeMs = 1000 * timeoutSeconds;
    const { holdMs } = requireValue(follow(4, 3 * lifeMs + 6000, { lifeMs, shows }));
    expect(Math.abs(holdMs - lifeMs)).toBeLessThan(0.1 * lifeMs + 500);
  });

  it('is the life of an orphan for closes that a dead peer does not acknowledge', () => {
    const memory = createUnansweredMemory();
    const rows: Waiting[] = [{ port: 1, state: STATE.FIN_WAIT1, retransmits: 2, timerMs: 100 }];
    measure(rows, memory, 0);
    expect(measure(rows, memory, 4000)?.holdMs).toBe(findOrphanLifeMs(LIMITS));
  });

  it('never ends before the oldest row that is there', () => {
    const memory = createUnansweredMemory();
    for (let nowMs = 0; nowMs <= 400_000; nowMs += 2000) {
      const found = measure([{ port: 1 }], memory, nowMs);
      if (found !== null) expect(found.holdMs).toBeGreaterThanOrEqual(Math.max(...found.agesMs));
    }
  });

  it('schedules the release of each row, and of those to come', () => {
    const unanswered: Unanswered = {
      agesMs: [1000, 130_000, 60_000, 140_000],
      perSecond: 1,
      low: 0,
      high: 2,
      holdMs: 134_000,
      lastedMs: 100_000,
    };
    expect(scheduleUnanswered(unanswered)).toEqual({ atMs: [0, 4000, 74_000, 133_000], ports: [1, 1, 1, 1] });
    expect(findUnansweredTiming(unanswered)).toEqual({ durationMs: 134_000, roundingMs: 0, grid: null });
  });
});
