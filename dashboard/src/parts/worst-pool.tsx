/** The pool most at risk: what happens, when, why, and its chart. */
import { formatCount, formatRate } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { hostTime, sample } from '../state/live.js';
import { buildPoolHref } from '../state/route.js';
import { listIdleFigures, listKeyFigures } from '../words/figures.js';
import { formatPoolOrigin, formatPoolTitle } from '../words/format.js';
import { writeHeadline } from '../words/headline.js';
import { describeHorizons } from '../words/horizons.js';
import { FigureRow } from './figure-row.js';
import { Instant } from './instant.js';
import { ModeBadge } from './mode-badge.js';
import { PoolNotes } from './pool-notes.js';
import { WorstPoolChart } from './worst-pool-chart.js';

/** The daemon sends the pools in order of risk, so the first is the worst. */
export function WorstPool() {
  const current = sample.value;
  if (current === null) return null;
  const pool = current.pools[0];
  if (pool === undefined) return <NoPool host={current.status.host} />;
  return <PoolCard pool={pool} poolCount={current.status.poolCount} />;
}

function NoPool({ host }: { host: WireHost }) {
  return (
    <section
      class="card worst-pool worst-pool-idle tone-calm"
      data-testid="worst-pool"
      aria-labelledby="worst-pool-title"
    >
      <div class="worst-pool-text">
        <p class="eyebrow">Outbound connections</p>
        <h2 id="worst-pool-title" class="headline">
          No outbound connection holds a port
        </h2>
        <p class="why">
          The limit is {formatCount(host.capacity)} ports and {formatRate(host.sustainableRate)} closes/s per
          destination. The first outbound connection appears here.
        </p>
      </div>
      <FigureRow figures={listIdleFigures(host)} />
    </section>
  );
}

function PoolCard({ pool, poolCount }: { pool: WirePool; poolCount: number }) {
  const headline = writeHeadline(pool, hostTime.value);
  return (
    <section
      class={`card worst-pool tone-${headline.tone}`}
      data-testid="worst-pool"
      data-pool-id={pool.id}
      aria-labelledby="worst-pool-title"
    >
      <div class="worst-pool-text">
        <p class="eyebrow">
          {poolCount > 1 ? `Most at risk of ${formatCount(poolCount)} destinations` : 'The only destination'}
        </p>
        <h2 id="worst-pool-title" class="destination">
          <a href={buildPoolHref(pool.id)}>{formatPoolTitle(pool)}</a>{' '}
          <span class="origin muted">{formatPoolOrigin(pool)}</span> <ModeBadge pool={pool} />
        </h2>
        <p class="headline">
          <span class="headline-main">{headline.text}</span>
          {headline.atMs !== null && (
            <>
              {' '}
              <span class="headline-at">
                (<Instant ms={headline.atMs} />)
              </span>
            </>
          )}
        </p>
        <p class="detail">{headline.detail}</p>
        <PoolNotes pool={pool} />
        <p class="why">{pool.why}</p>
        <Horizons pool={pool} />
      </div>
      <WorstPoolChart pool={pool} key={pool.id} />
      <FigureRow figures={listKeyFigures(pool)} />
    </section>
  );
}

function Horizons({ pool }: { pool: WirePool }) {
  return (
    <dl class="horizons">
      {describeHorizons(pool, hostTime.value).map(({ name, text, atMs, why }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {text}
            {atMs !== null && (
              <>
                {', '}
                <Instant ms={atMs} />
              </>
            )}
            {why !== null && <span class="horizon-why">{why}</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
