/** One pool in a frame of another page, 240 to 600 px wide: what it is, how it is, and a small chart. */
import { useEffect, useMemo } from 'preact/hooks';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { formatCount } from '../../../../daemon/units.js';
import { mergePast } from '../../chart/worst-pool-columns.js';
import { SPARK_PAST_MS } from '../../chart/spark.js';
import { ToneSign } from '../../parts/tone-sign.js';
import { API, getJson, isObject } from '../../state/api.js';
import { connectionState, hostTime, liveHistories, sample } from '../../state/live.js';
import { reloadAfterUpdate } from '../../state/reload.js';
import { buildPoolHref } from '../../state/route.js';
import { useHistory } from '../../state/use-history.js';
import { usePoll } from '../../state/use-poll.js';
import '../../styles/embed.css';
import { formatPoolTitle, parseInstant } from '../../words/format.js';
import { writeHeadline } from '../../words/headline.js';
import { SparkChart } from './spark-chart.js';

const NOT_FOUND = 404;
const POINTS = 180;
const REFRESH_MS = 60_000;
/** A pool that is not among those of the stream is looked up this often. */
const LOOK_UP_MS = 10_000;
const SUGGESTED = 8;

export function Embed({ poolId }: { poolId: string | null }) {
  useEffect(reloadAfterUpdate, []);
  return (
    <main class="embed" data-testid="embed">
      {poolId === null ? <NoPoolNamed /> : <PoolEmbed id={poolId} />}
    </main>
  );
}

function NoPoolNamed() {
  const pools = sample.value?.pools.slice(0, SUGGESTED) ?? [];
  return (
    <>
      <h1 class="embed-title">No pool is named</h1>
      <p>
        Add <code>&pool=ID</code> to the address, with the id of a pool:
      </p>
      <ul class="embed-list">
        {pools.map((pool) => (
          <li key={pool.id}>
            <a href={`?view=embed&pool=${encodeURIComponent(pool.id)}`}>{formatPoolTitle(pool)}</a>
          </li>
        ))}
      </ul>
    </>
  );
}

function PoolEmbed({ id }: { id: string }) {
  const pool = usePool(id);
  const load = useHistory({ kind: 'pools', id, lengthMs: SPARK_PAST_MS, points: POINTS, refreshMs: REFRESH_MS });
  const isUnknown = pool === null && load.error?.status === NOT_FOUND;
  const history = load.view?.history ?? null;
  const { nowMs, maxSampleAgeMs } = hostTime.value;
  const endMs = parseInstant(pool?.sampledAt) ?? nowMs;
  const past = useMemo(
    () =>
      mergePast({ history, livePoints: liveHistories.get(id) ?? [], fromMs: endMs - SPARK_PAST_MS, maxSampleAgeMs }),
    [history, id, endMs, maxSampleAgeMs],
  );
  if (isUnknown) return <UnknownPool id={id} />;
  return (
    <>
      <h1 class="embed-title">
        <a href={`./${buildPoolHref(id)}`} target="_blank" rel="noopener">
          {pool === null ? id : formatPoolTitle(pool)}
        </a>{' '}
        <span class="muted">on {sample.value?.status.host.name ?? '…'}</span>
      </h1>
      <Headline pool={pool} />
      <SparkChart past={past} pool={pool} nowMs={endMs} />
    </>
  );
}

function UnknownPool({ id }: { id: string }) {
  return (
    <>
      <h1 class="embed-title">Unknown pool</h1>
      <p>
        portcast on {sample.value?.status.host.name ?? 'this host'} knows no pool <code>{id}</code>.{' '}
        <a href="./#/pools" target="_blank" rel="noopener">
          All pools
        </a>
      </p>
    </>
  );
}

/** The stream has the pools most at risk only. */
function usePool(id: string): WirePool | null {
  const streamed = sample.value?.pools.find((pool) => pool.id === id) ?? null;
  const isLookedUp = streamed === null && sample.value !== null;
  const { value } = usePoll({
    key: id,
    everyMs: LOOK_UP_MS,
    trigger: isLookedUp,
    request: async (signal) => (isLookedUp ? findPool(await getJson(`${API}/pools`, signal), id) : null),
  });
  return streamed ?? value;
}

function findPool(body: unknown, id: string): WirePool | null {
  const pools = isObject(body) && Array.isArray(body['pools']) ? (body['pools'] as WirePool[]) : [];
  return pools.find((pool) => pool.id === id) ?? null;
}

function Headline({ pool }: { pool: WirePool | null }) {
  const connection = connectionState.value;
  const isLost = connection === 'lost' || connection === 'stale';
  const { tone, text } = isLost
    ? ({ tone: 'unknown', text: 'Unknown: portcast does not answer' } as const)
    : describePool(pool);
  return (
    <>
      <p class={`embed-headline tone-${tone}`} data-testid="embed-headline">
        <ToneSign tone={tone} />
        <strong>{text}</strong>
      </p>
      {pool !== null && (
        <p class="muted">
          {formatCount(pool.used)} of {formatCount(pool.capacity)} ports
          {isLost && ' when it last answered'}
        </p>
      )}
    </>
  );
}

function describePool(pool: WirePool | null) {
  if (pool !== null) return writeHeadline(pool, hostTime.value);
  const text = sample.value === null ? 'Waiting for the first sample' : 'No connection holds a port of this pool now';
  return { tone: sample.value === null ? 'unknown' : 'calm', text } as const;
}
