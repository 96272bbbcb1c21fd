/** The pool most at risk: what happens, when, why, and its chart. */
import { formatCount, formatRate } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { hostTime, sample, sampleTime } from '../state/live.js';
import { buildPoolHref } from '../state/route.js';
import { describeCause } from '../words/cause.js';
import { listIdleFigures, listKeyFigures } from '../words/figures.js';
import { formatPoolOrigin, formatPoolTitle } from '../words/format.js';
import { writeHeadline } from '../words/headline.js';
import { describeOutlook } from '../words/outlook.js';
import { listWatched } from '../words/pool-marks.js';
import { ExhaustionDots } from './exhaustion-dots.js';
import { FigureRow } from './figure-row.js';
import { Instant } from './instant.js';
import { ModeBadge } from './mode-badge.js';
import { PoolNotes } from './pool-notes.js';
import { WorstPoolChart } from './worst-pool-chart.js';

export function WorstPool() {
  const current = sample.value;
  if (current === null) return null;
  const [pool] = listWatched(current);
  if (pool === undefined) return <NoPool host={current.status.host} hasOwn={current.pools.length > 0} />;
  return <PoolCard pool={pool} poolCount={current.status.poolCount} />;
}

function NoPool({ host, hasOwn }: { host: WireHost; hasOwn: boolean }) {
  return (
    <section
      class="card worst-pool worst-pool-idle tone-calm"
      data-testid="worst-pool"
      aria-labelledby="worst-pool-title"
    >
      <div class="worst-pool-text">
        <p class="eyebrow">Outbound connections</p>
        <h2 id="worst-pool-title" class="headline">
          {hasOwn ? 'Only portcast’s own connections hold ports' : 'No outbound connection holds a port'}
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
  const time = sampleTime.value;
  const outlook = describeOutlook(pool, time);
  return (
    <section
      class={`card worst-pool tone-${writeHeadline(pool, time).tone}`}
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
        <Countdown pool={pool} />
        <ExhaustionDots pool={pool} />
        <PoolNotes pool={pool} />
        <p class="why">{describeCause(pool)}</p>
        {outlook !== null && <p class="why">{outlook}</p>}
      </div>
      <WorstPoolChart pool={pool} key={pool.id} />
      <FigureRow figures={listKeyFigures(pool)} />
    </section>
  );
}

/** The headline is the only part that changes every second. */
function Countdown({ pool }: { pool: WirePool }) {
  const { text, atMs, detail } = writeHeadline(pool, hostTime.value);
  return (
    <>
      <p class="headline">
        <span class="headline-main">{text}</span>
        {atMs !== null && (
          <>
            {' '}
            <span class="headline-at">
              (<Instant ms={atMs} />)
            </span>
          </>
        )}
      </p>
      {detail !== null && <p class="detail">{detail}</p>}
    </>
  );
}
