/** Canned pools. Each is a function of time, so that its samples, its history and its forecast agree. */
import type { WirePool } from '../../daemon/wire/pool.js';
import type { Scenario } from './scenarios.js';
import { iso } from '../builders/wire-pool.js';

/** `reordered` has the pools of `alerts` in the opposite order. */
export type Shown = Scenario | 'reordered';

export const CAPACITY = 28_232;
export const HOLD_SECONDS = 62.048;
export const SUSTAINABLE = CAPACITY / HOLD_SECONDS;
/** A page that takes this string for markup runs its code. */
export const HOSTILE = `<img src=x onerror="document.title='owned'">`;

/** How far the instant may differ from its best value, as shares of the time left, and how many of 20 situations never run out. */
export interface Uncertainty {
  readonly early: number;
  readonly late: number;
  readonly never: number;
}
/** A pool as functions of the seconds since the scenario began. */
export interface PoolModel {
  readonly localAddress: string;
  readonly remoteAddress: string;
  readonly remotePort: number;
  readonly live: (s: number) => number;
  readonly timeWait: (s: number) => number;
  readonly rate: number | null;
  readonly growth: number;
  /** Seconds after the beginning; null when it never runs out. */
  readonly exhaustsAt: number | null;
  readonly uncertainty?: Uncertainty;
  readonly why: string;
  /** Fields that differ from those computed below. */
  readonly more?: Partial<WirePool> | ((startMs: number) => Partial<WirePool>);
}

export const wave = (s: number, period: number, depth: number): number =>
  1 + depth * Math.sin((2 * Math.PI * s) / period);

const CHURN = model({
  live: (s) => 150 * wave(s, 31, 0.1),
  timeWait: (s) => 2_100 * wave(s, 60, 0.04) + Math.max(0, s + 12) * 650,
  rate: 684.5,
  exhaustsAt: 28,
  why: '684 closes/s, 454 are sustainable: connections are closed faster than TIME_WAIT frees their ports.',
});

const FULL = model({
  live: () => 210,
  timeWait: () => CAPACITY - 210,
  rate: 512,
  exhaustsAt: -5,
  why: 'All 28,232 ports are held, 28,022 of them in TIME_WAIT; the next one comes free in 1.4 s.',
});

/** Ports come free while the demand that found none may still be there. */
/** Ports came free for 40 s; from now on the demand takes them faster than others come free. */
const DRAINING = model({
  live: () => 12,
  timeWait: (s) => Math.min(CAPACITY - 12, CAPACITY - 12 - Math.min(40, s + 40) * 300 + Math.max(0, s) * 600),
  rate: 902,
  why: '16,240 of 28,232 ports are held, and none was free until just now: demand at least 902/s; connects failed.',
  more: { mode: 'idle', demandAtLeast: true, cause: 'closes', failedConnects: 14_312 },
});

const LEAK = model({
  remoteAddress: '2001:db8::17',
  localAddress: '2001:db8::2',
  remotePort: 5432,
  live: (s) => 16_400 + s * 1.8,
  timeWait: () => 120,
  rate: 1.9,
  growth: 1.8,
  exhaustsAt: 6_500,
  uncertainty: { early: 0.12, late: 0.3, never: 5 },
  why: '1.8 connections/s are opened and not closed; 16,400 are open, so the other 11,712 ports last about 1 h 48 min.',
});

/** A burst that would exhaust the pool. Most earlier bursts ended before that. */
const BURST = model({
  live: () => 150,
  timeWait: (s) => 9_400 + Math.max(0, s + 4) * 600,
  rate: 612,
  exhaustsAt: 34,
  uncertainty: { early: 0.14, late: 0.24, never: 16 },
  why: '612 closes/s hold a port for 62.0 s each: 453/s are sustainable, so the ports run out in 34.0 s (90%: between 29.0 s and 42.0 s).',
  more: { probability: 0.18, probabilityIfHeld: 0.97, probabilityBasis: 'history', burstsKnown: 12 },
});

/** A rising rate: few ports are used yet, but the rate will soon be too high. */
const RISING = model({
  live: () => 210,
  timeWait: (s) => 17_600 + 40 * s,
  rate: 318,
  why: '318 closes/s, rising by 4.2/s each minute, hold a port for 62.0 s each: without the rise use would hold at 71% of 28,232 ports.',
  more: (startMs) => ({
    probability: 0.31,
    probabilityIfHeld: 0.31,
    probabilityBasis: 'climb',
    pressureFullAt: iso(startMs + 1_900_000),
    pressureFullEarliestAt: iso(startMs + 1_320_000),
    pressureFullLatestAt: iso(startMs + 3_400_000),
    outlookDays: 23.4,
    outlookWhy: 'peaks rise 0.6% a day: 100% in 23 days (90%: 18 to 31)',
  }),
});

/** Its last connection ended a minute ago, and its alert is not resolved yet. */
const GONE = model({
  remoteAddress: '10.0.4.4',
  remotePort: 8080,
  live: () => 0,
  more: (startMs) => ({ goneSince: iso(startMs - 61_000), sampledAt: iso(startMs - 61_000) }),
});

function model(fields: Partial<PoolModel>): PoolModel {
  return {
    localAddress: '10.0.0.1',
    remoteAddress: '10.0.0.2',
    remotePort: 443,
    live: () => 42,
    timeWait: () => 0,
    rate: 0,
    growth: 0,
    exhaustsAt: null,
    why: 'No connection to it was closed here in the last minute, and the number of open ones does not grow.',
    ...fields,
  };
}

function steady(port: number, rate: number, address = '10.0.0.2'): PoolModel {
  return model({
    remoteAddress: address,
    remotePort: port,
    live: (s) => 180 * wave(s, 97, 0.2),
    timeWait: (s) => rate * 61 * wave(s, 240, 0.04) * wave(s, 13, 0.01),
    rate,
    why: `${rate} closes/s hold ${Math.round(rate * 62).toLocaleString('en')} ports for 62.0 s each; with 180 open ones that is ${Math.round(rate * 62 + 180).toLocaleString('en')} of 28,232, so the ports never run out at this rate.`,
  });
}

export function poolModels(scenario: Shown): PoolModel[] {
  switch (scenario) {
    case 'idle':
      return [];
    case 'exhausting':
    case 'alerts':
      return [
        CHURN,
        steady(8443, 121.5, '10.0.3.9'),
        steady(6379, 12.5, '10.0.0.40'),
        model({ remotePort: 9092, remoteAddress: '10.0.7.1' }),
      ];
    case 'reordered':
      return poolModels('alerts').reverse();
    case 'exhausted':
      return [FULL, steady(8443, 40)];
    case 'draining':
      return [DRAINING, steady(8443, 400)];
    case 'leak':
      return [LEAK, steady(443, 22)];
    case 'bursty':
      return [BURST, steady(443, 22)];
    case 'climbing':
      return [RISING, steady(5432, 22, '10.0.0.30')];
    case 'own':
      return [
        steady(443, 332),
        { ...steady(9470, 0.4, '127.0.0.1'), localAddress: '127.0.0.1', more: { own: 'viewer' } },
        { ...steady(587, 0.1, '10.0.9.25'), more: { own: 'portcast' } },
        GONE,
      ];
    case 'crowd':
      return Array.from({ length: 500 }, (_, index) =>
        steady(8000 + index, Math.max(0.2, 380 - index), `10.${index % 9}.${index % 7}.${(index % 250) + 1}`),
      );
    case 'many':
      return [
        steady(443, 370),
        ...Array.from({ length: 59 }, (_, index) =>
          steady(8000 + index, Math.max(0.2, 220 - 4 * index), `10.1.${index % 7}.${index + 10}`),
        ),
      ];
    case 'hostile':
      return [{ ...steady(443, 30), remoteAddress: HOSTILE, why: HOSTILE, rate: null }];
    case 'steady':
    case 'degraded':
    case 'blind':
      return [steady(443, 332), steady(8443, 61.4, '10.0.3.9'), steady(5432, 2.2, '10.0.0.30')];
  }
}

/** The id that the daemon would give. */
export const idOf = (pool: PoolModel): string =>
  `connect_host_${pool.localAddress}_${pool.remoteAddress}_${pool.remotePort}`.replace(/[^A-Za-z0-9._]/g, '-');
