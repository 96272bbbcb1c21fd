/** The table of pools, in order of risk unless the viewer sorts it. A row opens the page of its pool. */
import { useState } from 'preact/hooks';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate } from '../state/freshness.js';
import { sample, sampleTime } from '../state/live.js';
import { nextSort, sortRows, type SortState } from '../state/sort.js';
import { useHeldOrder } from '../state/use-held-order.js';
import { usePoolSearch } from '../state/use-pool-search.js';
import { useVisibleRows } from '../state/use-visible-rows.js';
import { formatPoolTitle, parseInstant } from '../words/format.js';
import { placeGone } from '../words/pool-marks.js';
import { choosePoolTone } from '../words/tone.js';
import { Filter } from './filter.js';
import { memo } from './memo.js';
import { MoreButton } from './more-button.js';
import { PoolRow } from './pool-row.js';
import { Empty, Section } from './section.js';
import { SortHead, SORTS_ALIKE } from './sort-head.js';

type Column = 'destination' | 'mode' | 'used' | 'pressure' | 'rate' | 'exhaustsAt';

const VALUES: Record<Column, (pool: WirePool) => number | string | null> = {
  destination: formatPoolTitle,
  mode: (pool) => pool.mode,
  used: (pool) => pool.used / Math.max(1, pool.capacity),
  pressure: (pool) => pool.pressure,
  rate: (pool) => pool.closeRate,
  exhaustsAt: (pool) => (pool.mode === 'exhausted' ? 0 : parseInstant(pool.exhaustsAt)),
};
const DESCENDING_FIRST: readonly Column[] = ['used', 'pressure', 'rate'];
const ROWS_AT_FIRST = 15;

function isUrgent(pool: WirePool): boolean {
  const tone = choosePoolTone(pool, sampleTime.value);
  return tone === 'critical' || tone === 'warning';
}

export function Pools() {
  const [sort, setSort] = useState<SortState<Column> | null>(null);
  const [query, setQuery] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const { pools: matching, note } = usePoolSearch(query);
  const sorted = sort === null ? placeGone(matching, isUrgent) : sortRows(matching, VALUES[sort.key], sort.descending);
  const order = useHeldOrder(sorted, (pool) => pool.id);
  const rows = showsAll ? order.rows : order.rows.slice(0, ROWS_AT_FIRST);
  const onSort = (key: Column): void => {
    order.release();
    setSort(nextSort(sort, key, DESCENDING_FIRST.includes(key)));
  };
  const isEmpty = sample.value?.pools.length === 0;
  return (
    <Section
      id="pools"
      title="Pools"
      note={<span role="status">{order.held ? 'order kept while you are in the table' : note}</span>}
      tools={
        <Filter
          label="Filter pools"
          placeholder="Filter: address, port, mode, process"
          query={query}
          onQuery={setQuery}
        />
      }
    >
      {rows.length === 0 ? (
        <Empty>{isEmpty ? 'No outbound connection holds a port.' : `No pool matches “${query}”.`}</Empty>
      ) : (
        <table class="rows pools-table" data-testid="pools-table" aria-rowcount={rows.length + 1} {...order.handlers}>
          <caption class="sr-only">Pools of ephemeral ports{sort === null ? ', most at risk first' : ''}</caption>
          <Head sort={sort} onSort={onSort} />
          <Rows rows={rows} />
        </table>
      )}
      <MoreButton count={order.rows.length} limit={ROWS_AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </Section>
  );
}

/** Of a long list only the rows near the window are rendered; two rows without content have the height of the others. */
function Rows({ rows }: { rows: readonly WirePool[] }) {
  const { body, first, end, heightPx } = useVisibleRows(rows.length);
  return (
    <tbody ref={body}>
      <Spacer heightPx={first * heightPx} />
      {rows.slice(first, end).map((pool, index) => (
        <PoolRow
          key={pool.id}
          pool={pool}
          place={first + index}
          tone={choosePoolTone(pool, sampleTime.value)}
          outOfDate={isOutOfDate(pool.sampledAt, sampleTime.value)}
        />
      ))}
      <Spacer heightPx={(rows.length - end) * heightPx} />
    </tbody>
  );
}

function Spacer({ heightPx }: { heightPx: number }) {
  return heightPx <= 0 ? null : <tr aria-hidden="true" style={{ height: `${heightPx}px` }} />;
}

const Head = memo(function Head({ sort, onSort }: { sort: SortState<Column> | null; onSort: (key: Column) => void }) {
  const head = { sort, onSort };
  return (
    <thead>
      <tr>
        <SortHead name="destination" {...head}>
          Destination
        </SortHead>
        <SortHead name="mode" class="wide" {...head}>
          Mode
        </SortHead>
        <SortHead name="used" {...head}>
          Ports used
        </SortHead>
        <SortHead name="pressure" class="number" {...head}>
          Pressure
        </SortHead>
        <SortHead name="rate" class="number wide" {...head}>
          Closes/s
        </SortHead>
        <SortHead name="exhaustsAt" class="number" {...head}>
          Runs out
        </SortHead>
      </tr>
    </thead>
  );
}, SORTS_ALIKE);
