/**
 * Turns the record of a cycle into the samples that are stored: the largest series by name, the others summed, and zeros
 * for those whose sockets have just gone.
 */
import { NOTHING_CHANGED } from '../../change/change.js';
import type { CycleRecord } from '../../contracts.js';
import type { PoolForecast } from '../../forecast/types.js';
import type { UnlistedPools } from '../../pool/pool-choice.js';
import { countSockets } from '../../snapshot/port-series.js';
import { STATE_COUNT } from '../../snapshot/snapshot.js';
import type { NewSample, QueuedRecord } from './batch-queue.js';
import { describePool, describePort, encodeHost, encodePool, encodePort, KIND } from './series-kinds.js';
import { OTHER, selectSeries, type KeptSeries, type Selection } from './series-limit.js';

/** Name of the one series of kind `host`. */
export const HOST_NAME = 'host';
const NO_STATES = new Uint32Array(STATE_COUNT);

export interface SampleIntake {
  take(record: CycleRecord, monotonicMs: number): QueuedRecord;
  /** Port series stored by name at the newest instant. */
  countSeries(): number;
}

export function createSampleIntake(maxSeries: number): SampleIntake {
  const ports: KeptSeries = new Map();
  const pools: KeptSeries = new Map();
  /** The last capacity of each stored pool. */
  const capacities = new Map<string, number>();
  return {
    take(record, monotonicMs) {
      const options = { max: maxSeries, monotonicMs };
      const portChoice = selectSeries(
        ports,
        new Map(record.ports.map((port) => [port.id, countSockets(port)])),
        options,
      );
      const poolChoice = selectSeries(pools, new Map(record.pools.map((pool) => [pool.id, weighPool(pool)])), options);
      return {
        atMs: Math.round(record.atMs),
        monotonicMs,
        samples: [
          ...samplePorts(record, portChoice),
          ...samplePools(record, poolChoice, capacities),
          createAnonymousSample(KIND.host, HOST_NAME, encodeHost(record.counters)),
        ],
        forecasts: record.forecasts,
        bursts: record.bursts,
        scores: record.scores,
        outages: record.outages,
        changes: record.changes ?? NOTHING_CHANGED,
      };
    },
    countSeries: () => ports.size,
  };
}

function samplePorts({ ports, otherPorts }: CycleRecord, choice: Selection): NewSample[] {
  const samples: NewSample[] = [];
  const rest = Uint32Array.from(otherPorts?.states ?? NO_STATES);
  for (const port of ports) {
    if (choice.kept.has(port.id)) {
      samples.push({
        kind: KIND.port,
        name: port.id,
        identity: () => describePort(port),
        values: encodePort(port.states),
      });
    } else {
      port.states.forEach((count, index) => (rest[index] = (rest[index] ?? 0) + count));
    }
  }
  for (const name of choice.absent) samples.push(createAnonymousSample(KIND.port, name, encodePort(NO_STATES)));
  samples.push(createAnonymousSample(KIND.port, OTHER, encodePort(rest)));
  return samples;
}

/** A pool that is no longer in the table is stored as zeros, with the capacity it had last. */
function samplePools(
  { pools, unlisted = null }: CycleRecord,
  choice: Selection,
  capacities: Map<string, number>,
): NewSample[] {
  const samples: NewSample[] = [];
  const rest: PoolForecast[] = [];
  for (const pool of pools) {
    if (!choice.kept.has(pool.id)) {
      rest.push(pool);
      continue;
    }
    capacities.set(pool.id, pool.capacity);
    const values = encodePool(pool);
    samples.push({ kind: KIND.pool, name: pool.id, identity: () => describePool(pool), values });
  }
  for (const name of choice.absent) {
    const empty = { used: 0, live: 0, timeWait: 0, closeRate: 0, pressure: 0, capacity: capacities.get(name) ?? 0 };
    samples.push(createAnonymousSample(KIND.pool, name, encodePool(empty)));
  }
  const absent = new Set(choice.absent);
  for (const id of capacities.keys()) if (!choice.kept.has(id) && !absent.has(id)) capacities.delete(id);
  samples.push(createAnonymousSample(KIND.pool, OTHER, encodePool(sumPools(rest, unlisted))));
  return samples;
}

/**
 * Quantities add up; the pressure is that of all pools taken as one. A quantity is unknown only when it is unknown for
 * every pool.
 */
function sumPools(pools: readonly PoolForecast[], unlisted: UnlistedPools | null): Parameters<typeof encodePool>[0] {
  const sum = { used: 0, live: 0, timeWait: 0, capacity: 0 };
  let closeRate: number | null = pools.length === 0 ? 0 : null;
  let [demand, capacity] = [0, 0];
  for (const pool of pools) {
    sum.used += pool.used;
    sum.live += pool.live;
    sum.timeWait += pool.timeWait;
    sum.capacity += pool.capacity;
    if (pool.closeRate !== null) closeRate = (closeRate ?? 0) + pool.closeRate;
    if (pool.pressure === null || !Number.isFinite(pool.pressure)) continue;
    demand += pool.pressure * pool.capacity;
    capacity += pool.capacity;
  }
  if (unlisted !== null) {
    sum.used += unlisted.used;
    sum.live += unlisted.live;
    sum.timeWait += unlisted.timeWait;
    sum.capacity += unlisted.capacity;
    closeRate = (closeRate ?? 0) + unlisted.closeRate;
    demand += unlisted.used;
    capacity += unlisted.capacity;
  }
  const isNone = pools.length === 0 && unlisted === null;
  const pressure = isNone ? 0 : capacity > 0 ? demand / capacity : null;
  return { ...sum, closeRate, pressure };
}

/** A sample of a series that has nothing to describe but its name. */
function createAnonymousSample(kind: NewSample['kind'], name: string, values: Float64Array): NewSample {
  return { kind, name, identity: () => '{}', values };
}

/** In tenths of a percent of the capacity, so that the bonus of a kept series stays small. */
function weighPool(pool: PoolForecast): number {
  const pressure = pool.pressure !== null && Number.isFinite(pool.pressure) ? pool.pressure : 0;
  return 1000 * Math.max(pressure, pool.capacity > 0 ? pool.used / pool.capacity : 1);
}
