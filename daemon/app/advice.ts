/** The advice of the newest cycle, for the API. */
import { adviseOnPool } from '../advice/advise.js';
import { NO_CONTEXT, type AdviceContext, type Holders } from '../advice/context.js';
import { adviseOnHost } from '../advice/host-advice.js';
import type { Alert } from '../alert/alert.js';
import type { AdviceData, AdviceQuery } from '../api/advice-data.js';
import { rankPools } from '../alert/ranking.js';
import type { CycleView, HostReading } from '../contracts.js';
import type { PoolForecast } from '../forecast/types.js';
import type { Views } from '../views.js';
import { hostAdviceToWire, poolAdviceToWire } from '../wire/advice.js';
import { readSamples } from './samples.js';

type AdviceViews = Pick<Views, 'latest' | 'reading'>;

export function createAdviceData(views: AdviceViews): AdviceData {
  return {
    host(query) {
      const [view, reading] = [views.latest(), views.reading()];
      if (view?.table == null || reading === null) return null;
      const { limits, granularity } = reading;
      const advice = adviseOnHost(
        {
          limits,
          pools: rankPools(view.pools, view.alerts),
          ports: view.ports,
          sampledAtMs: view.table.snapshotAtMs,
          unusedCapacity: view.table.unusedCapacity,
          holdMs: limits.timeWaitMs + granularity.timeWaitMs,
        },
        createContext(view, query),
        (poolId) => describeHolders(view.alerts, poolId),
      );
      return hostAdviceToWire(advice);
    },
    pool(id, query) {
      const [view, reading] = [views.latest(), views.reading()];
      const pool = view === null ? null : findPool(view, id);
      if (view === null || reading === null || pool === null) return null;
      return adviseOnOne(view, reading, pool, query);
    },
  };
}

function adviseOnOne(view: CycleView, { limits }: HostReading, pool: PoolForecast, query: AdviceQuery) {
  const context = { ...createContext(view, query), ...describeHolders(view.alerts, pool.id) };
  return poolAdviceToWire(adviseOnPool(pool, limits, context));
}

/** The pool in the latest sample; one that is gone from it has the forecast of its alert. */
function findPool({ pools, alerts }: CycleView, id: string): PoolForecast | null {
  const listed = pools.find((pool) => pool.id === id);
  return listed ?? alerts.find(({ poolId }) => poolId === id)?.latest ?? null;
}

function createContext({ table }: CycleView, query: AdviceQuery): AdviceContext {
  return { ...NO_CONTEXT, ...query, listeners: table?.listeningPorts ?? null, samples: readSamples() };
}

/** Owners are sought for pools with an alert; since when it lasts is known from the alert too. */
function describeHolders(alerts: readonly Alert[], id: string): Holders {
  const own = alerts.filter(({ poolId }) => poolId === id);
  const sinceMs = own.length === 0 ? null : Math.min(...own.map(({ pendingAtMs }) => pendingAtMs));
  return { owners: own[0]?.owners.processes ?? [], sinceMs };
}
