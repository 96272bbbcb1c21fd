/** Random samples for property tests: each of a sequence differs from the one before as on a real host, or altogether. */
import fc from 'fast-check';
import type { WireAlert } from '../../daemon/wire/alert.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import type { WirePort } from '../../daemon/wire/port.js';
import type { WireSample } from '../../daemon/wire/sample.js';
import { cannedAlert, cannedPort, cannedSample, cannedStatus, NOW_MS } from './wire-documents.js';
import { iso, wirePool } from './wire-pool.js';

const HOSTILE = ['', '\n\ndata: x', '\u2028\u0000"\\', '😀'.repeat(40), '\ud800', '__proto__', 'ü'.repeat(255)];

const text = fc.oneof(
  fc.constantFrom(...HOSTILE),
  fc.string({ unit: 'grapheme', maxLength: 30 }),
  fc.nat(40_000).map((length) => 'é'.repeat(length)),
);
const ports = fc.nat(64_511);

/** What may change in a pool from one sample to the next. */
const poolFields = fc.record(
  {
    used: ports,
    live: ports,
    closeRate: fc.option(fc.double({ min: 0, max: 1e5, noNaN: true })),
    pressure: fc.option(fc.double({ min: 0, max: 9, noNaN: true })),
    mode: fc.constantFrom<WirePool['mode']>('idle', 'steady', 'churn', 'leak', 'exhausted'),
    why: text,
    namespace: text,
    exhaustsAt: fc.option(fc.nat(600_000).map((ms) => iso(NOW_MS + ms))),
    capacityLow: ports,
    failedBy: fc.array(fc.record({ pid: fc.nat(), name: text, failed: fc.nat() }), { maxLength: 2 }),
    processes: fc.array(fc.record({ pid: fc.nat(), name: text, confidence: fc.constantFrom(0, 0.5, 1) }), {
      maxLength: 2,
    }),
  },
  { requiredKeys: [] },
);
type PoolFields = Partial<WirePool>;

interface Step {
  /** The numbers of the pools that the host has, most at risk first, and what changes in each. */
  readonly pools: readonly (readonly [number, PoolFields])[];
  readonly alerting: readonly number[];
  readonly ports: readonly (readonly [number, number])[];
  readonly secondsLater: number;
  readonly problem: string | null;
  readonly outOfDate: readonly number[];
}

const step = (count: number): fc.Arbitrary<Step> =>
  fc.record({
    pools: fc.uniqueArray(fc.tuple(fc.nat(count), poolFields), { selector: ([index]) => index, maxLength: count }),
    alerting: fc.uniqueArray(fc.nat(count), { maxLength: 4 }),
    ports: fc.uniqueArray(fc.tuple(fc.nat(count), fc.nat(1000)), { selector: ([port]) => port, maxLength: count }),
    secondsLater: fc.integer({ min: 0, max: 4 }),
    problem: fc.option(text),
    outOfDate: fc.array(fc.nat(count), { maxLength: 1 }),
  });

/** Sequences of samples of one host with up to so many pools and port series. */
export function randomSamples(count: number, length: number): fc.Arbitrary<WireSample[]> {
  return fc.array(step(count), { minLength: 1, maxLength: length }).map(playSteps);
}

function playSteps(steps: readonly Step[]): WireSample[] {
  const known = new Map<number, PoolFields>();
  let atMs = NOW_MS;
  return steps.map((each) => {
    atMs += each.secondsLater * 1000;
    const pools = each.pools.map(([index, fields]) => {
      known.set(index, { ...known.get(index), ...fields });
      const sampledAt = iso(each.outOfDate.includes(index) ? NOW_MS - 60_000 : atMs);
      return wirePool({ id: `connect_host_10.0.0.1_10.0.${index}`, ...known.get(index), sampledAt });
    });
    const status = cannedStatus({
      host: { ...cannedStatus().host, sampledAt: iso(atMs) },
      problems: each.problem === null ? [] : [{ part: 'store', message: each.problem, since: iso(NOW_MS) }],
      worst: structuredClone(pools.slice(0, 5)),
      poolCount: pools.length,
      alerts: each.alerting.map((index) => alertOf(index, pools[index])),
      uptimeSeconds: (atMs - NOW_MS) / 1000,
    });
    return cannedSample({ status, pools, ports: each.ports.map(([index, total]) => portOf(index, total)) });
  });
}

/** Of a pool that is listed, with its owners or without; of a pool that is gone; or of none. */
function alertOf(index: number, pool: WirePool | undefined): WireAlert {
  const gone = index % 2 === 0 ? null : wirePool({ id: `gone_${index}` });
  const own = pool === undefined ? gone : structuredClone(index % 3 === 0 ? { ...pool, processes: [] } : pool);
  return cannedAlert({ id: `imminent_${index}`, pool: own });
}

function portOf(index: number, total: number): WirePort {
  return cannedPort({ id: `out_host_10.0.0.2_${index}`, port: index, total, states: { established: total } });
}
