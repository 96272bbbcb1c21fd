/** From one cycle's record to the samples that are kept of it: top series by use, the rest summed, absent ones zero. */
import type { CycleRecord } from '../../contracts.js';
import type { PortSeriesSample } from '../../snapshot/port-series.js';
import type { PoolForecast } from '../../forecast/types.js';
import { STATE_COUNT } from '../../snapshot/snapshot.js';
import type { NewSample, QueuedRecord } from './batch-queue.js';
import { encodeHost, KIND, describePool, encodePool, describePort, encodePort } from './series-kinds.js';
import { OTHER, selectSeries, type KeptSeries, type Selection } from './series-limit.js';

export interface SampleIntake {
  take(record: CycleRecord, monotonicMs: number): QueuedRecord;
  /** Port series kept one by one at the newest instant. */
  series(): number;
}

const NO_STATES = new Uint32Array(STATE_COUNT);
export const HOST_NAME = 'host';

export function createSampleIntake(maxSeries: number): SampleIntake {
  const ports: KeptSeries = new Map();
  const pools: KeptSeries = new Map();
  const capacities = new Map<string, number>();
  return {
    take(record, monotonicMs) {
      const options = { max: maxSeries, monotonicMs };
      const portChoice = selectSeries(ports, new Map(record.ports.map((port) => [port.id, total(port)])), options);
      const poolChoice = selectSeries(pools, new Map(record.pools.map((pool) => [pool.id, weight(pool)])), options);
      return {
        atMs: Math.round(record.atMs),
        monotonicMs,
        samples: [
          ...portSamples(record.ports, portChoice),
          ...poolSamples(record.pools, poolChoice, capacities),
          sample(KIND.host, HOST_NAME, encodeHost(record.counters)),
        ],
        forecasts: record.forecasts,
        bursts: record.bursts,
        scores: record.scores,
      };
    },
    series: () => ports.size,
  };
}

function portSamples(ports: readonly PortSeriesSample[], choice: Selection): NewSample[] {
  const samples: NewSample[] = [];
  const rest = new Uint32Array(STATE_COUNT);
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
  for (const name of choice.absent) samples.push(sample(KIND.port, name, encodePort(NO_STATES)));
  samples.push(sample(KIND.port, OTHER, encodePort(rest)));
  return samples;
}

/** A pool with no rows left holds nothing: zero, with the capacity it last had. */
function poolSamples(pools: readonly PoolForecast[], choice: Selection, capacities: Map<string, number>): NewSample[] {
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
    samples.push(sample(KIND.pool, name, encodePool(empty)));
  }
  const absent = new Set(choice.absent);
  for (const id of capacities.keys()) if (!choice.kept.has(id) && !absent.has(id)) capacities.delete(id);
  samples.push(sample(KIND.pool, OTHER, encodePool(sumOfPools(rest))));
  return samples;
}

/** Quantities add up; pressure is that of all of them as one pool. What is unknown of every pool stays unknown. */
function sumOfPools(pools: readonly PoolForecast[]): Parameters<typeof encodePool>[0] {
  const sum = { used: 0, live: 0, timeWait: 0, capacity: 0 };
  let [closeRate, demand, capacity, known] = [0, 0, 0, pools.length === 0];
  for (const pool of pools) {
    sum.used += pool.used;
    sum.live += pool.live;
    sum.timeWait += pool.timeWait;
    sum.capacity += pool.capacity;
    if (pool.closeRate !== null) {
      closeRate += pool.closeRate;
      known = true;
    }
    if (pool.pressure === null || !Number.isFinite(pool.pressure)) continue;
    demand += pool.pressure * pool.capacity;
    capacity += pool.capacity;
  }
  const pressure = pools.length === 0 ? 0 : capacity > 0 ? demand / capacity : null;
  return { ...sum, closeRate: known ? closeRate : null, pressure };
}

function sample(kind: NewSample['kind'], name: string, values: Float64Array): NewSample {
  return { kind, name, identity: () => '{}', values };
}

function total(port: PortSeriesSample): number {
  let sum = 0;
  for (const count of port.states) sum += count;
  return sum;
}

/** In tenths of a percent of the capacity, so that the bonus of an incumbent stays small. */
function weight(pool: PoolForecast): number {
  const pressure = pool.pressure !== null && Number.isFinite(pool.pressure) ? pool.pressure : 0;
  return 1000 * Math.max(pressure, pool.capacity > 0 ? pool.used / pool.capacity : 1);
}
