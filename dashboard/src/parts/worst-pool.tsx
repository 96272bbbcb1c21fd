/** The worst pool: what happens, when, why, and its picture. */
import { useMemo, useRef } from 'preact/hooks';
import { formatCount, formatRate } from '../../../daemon/units.js';
import type { WireHost } from '../../../daemon/wire/host.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import {
  buildWorstPoolColumns,
  listWorstPoolMarks,
  chooseWindow,
  mergePast,
  PAST_MS,
  findPeak,
  chooseScale,
  type WorstPoolColumns,
} from '../chart/worst-pool-columns.js';
import { Plot, type PlotSpec } from '../chart/plot.js';
import { formatClockTime, parseInstant, formatPoolOrigin, formatPoolTitle } from '../words/format.js';
import { hostNowMs, sample, liveHistories } from '../state/live.js';
import { poolHref } from '../state/route.js';
import { describeHorizons, listIdleFigures, isOld, listKeyFigures, writeHeadline } from '../words/headline.js';
import { useHistory } from '../state/use-history.js';
import { FigureRow, Instant, ModeBadge } from './parts.js';
import { PoolNotes } from './pool-notes.js';

export function WorstPool() {
  const current = sample.value;
  if (current === null) return null;
  const pool = current.pools[0];
  return pool === undefined ? <NoPool host={current.status.host} /> : <PoolAtRisk pool={pool} />;
}

function NoPool({ host }: { host: WireHost }) {
  return (
    <section class="card worst worst-idle tone-calm" data-testid="worst-pool" aria-labelledby="worst-title">
      <div class="worst-text">
        <p class="eyebrow">Outbound connections</p>
        <h2 id="worst-title" class="headline">
          No outbound connection holds a port
        </h2>
        <p class="why">
          A new destination could take {formatCount(host.capacity)} ports, {formatRate(host.sustainableRate)} closes/s.
          The first connection that leaves this host appears here.
        </p>
      </div>
      <FigureRow figures={listIdleFigures(host)} />
    </section>
  );
}

function PoolAtRisk({ pool }: { pool: WirePool }) {
  const story = writeHeadline(pool, hostNowMs.value);
  const count = sample.value?.status.poolCount ?? 1;
  return (
    <section
      class={`card worst tone-${story.tone}`}
      data-testid="worst-pool"
      data-pool-id={pool.id}
      aria-labelledby="worst-title"
    >
      <div class="worst-text">
        <p class="eyebrow">{count > 1 ? `Worst of ${formatCount(count)} pools` : 'The only pool'}</p>
        <h2 id="worst-title" class="destination">
          <a href={poolHref(pool.id)}>{formatPoolTitle(pool)}</a>{' '}
          <span class="origin muted">{formatPoolOrigin(pool)}</span> <ModeBadge mode={pool.mode} />
        </h2>
        <p class="headline">
          <span class="headline-main">{story.text}</span>
          {story.atMs !== null && (
            <>
              {' '}
              <span class="headline-at">
                (<Instant ms={story.atMs} />)
              </span>
            </>
          )}
        </p>
        <p class="detail">{story.detail}</p>
        <PoolNotes pool={pool} />
        <p class="why">{pool.why}</p>
        <Horizons pool={pool} />
      </div>
      <WorstChart pool={pool} key={pool.id} />
      <FigureRow figures={listKeyFigures(pool)} />
    </section>
  );
}

function Horizons({ pool }: { pool: WirePool }) {
  return (
    <dl class="horizons">
      {describeHorizons(pool, hostNowMs.value).map(({ name, text, atMs, why }) => (
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

const SPEC: PlotSpec = {
  key: 'worst',
  formatValue: formatCount,
  series: [
    { label: 'used', stroke: 'used', width: 2 },
    { label: 'live', stroke: 'live', width: 1, fill: 'live-fill' },
    { label: 'ahead', stroke: 'ahead', width: 2, dash: [6, 4] },
    { label: 'high' },
    { label: 'low' },
  ],
  areas: [
    { between: [1, 2], fill: 'used-fill' },
    { between: [4, 5], fill: 'ahead-fill' },
  ],
};
const HEIGHT = 270;

function WorstChart({ pool }: { pool: WirePool }) {
  const { view } = useHistory({ kind: 'pools', id: pool.id, lengthMs: PAST_MS, points: 300, refreshMs: null });
  const showedCapacity = useRef(true);
  const data = useMemo(() => {
    const old = isOld(pool, hostNowMs.peek());
    const nowMs = old ? hostNowMs.peek() : (parseInstant(pool.sampledAt) ?? hostNowMs.peek());
    const window = chooseWindow(pool, nowMs);
    const past = mergePast(view?.history ?? null, liveHistories.get(pool.id) ?? [], window.fromMs);
    const columns = buildWorstPoolColumns({ past, ahead: old ? [] : pool.ahead, reusable: pool.reusable, window });
    const scale = chooseScale(Math.max(findPeak(columns), pool.used), pool.capacity, showedCapacity.current);
    showedCapacity.current = scale.showsCapacity;
    const x = [window.fromMs / 1000, window.toMs / 1000] as const;
    return { columns, x, yMax: scale.max, marks: listWorstPoolMarks({ pool, nowMs, scale, columns }) };
  }, [pool, view]);
  const story = writeHeadline(pool, parseInstant(pool.sampledAt) ?? 0);
  return (
    <div class="worst-plot">
      <Plot
        spec={SPEC}
        data={data}
        height={HEIGHT}
        testId="worst-chart"
        summary={`Ports used by ${formatPoolTitle(pool)} over the last minutes and the forecast ahead: ${formatCount(pool.used)} of ${formatCount(pool.capacity)} now. ${story.text}.`}
        readout={(index) => readout(data.columns, index)}
      />
      <ul class="legend" aria-hidden="true">
        <li class="legend-used">TIME_WAIT over live</li>
        <li class="legend-live">live</li>
        {pool.ahead.length > 0 && <li class="legend-ahead">forecast, 90%</li>}
      </ul>
    </div>
  );
}

function readout(columns: WorstPoolColumns, index: number | null): string {
  const at = index ?? columns[1].findLastIndex((value) => typeof value === 'number');
  const t = columns[0][at];
  if (t === undefined) return '';
  const [used, live, ahead, high, low] = columns.slice(1).map((column) => column[at]);
  const time = formatClockTime(t * 1000);
  if (typeof used === 'number') {
    return `${time}  ${formatCount(used)} used${typeof live === 'number' ? `, ${formatCount(live)} live` : ''}`;
  }
  if (typeof ahead !== 'number') return time;
  const band =
    typeof low === 'number' && typeof high === 'number' ? ` (${formatCount(low)} to ${formatCount(high)})` : '';
  return `${time}  forecast ${formatCount(ahead)}${band}`;
}
