/** The table of port series: one row per service port with its sockets by state. A row opens the history of its port. */
import { useState } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import type { WirePort } from '../../../daemon/wire/port.js';
import { chooseStateInk } from '../chart/palette.js';
import { sample } from '../state/live.js';
import { navigateTo } from '../state/navigation.js';
import { buildPortHref } from '../state/route.js';
import { matchesQuery, nextSort, sortRows, type SortState } from '../state/sort.js';
import { useHeldOrder } from '../state/use-held-order.js';
import { formatPortTitle, formatState } from '../words/format.js';
import { Filter } from './filter.js';
import { Icon } from './icon.js';
import { memo } from './memo.js';
import { MoreButton } from './more-button.js';
import { PortFind } from './port-find.js';
import { onRowKey } from './row-keys.js';
import { Empty, Section } from './section.js';
import { Segments } from './segments.js';
import { SortHead, SORTS_ALIKE } from './sort-head.js';

interface DirectionFilter {
  readonly name: string;
  /** Null shows both. */
  readonly direction: WirePort['direction'] | null;
}

type Column = 'port' | 'direction' | 'total';

const ALL_DIRECTIONS: DirectionFilter = { name: 'All', direction: null };
const DIRECTION_FILTERS: readonly DirectionFilter[] = [
  ALL_DIRECTIONS,
  { name: 'Outbound', direction: 'out' },
  { name: 'Inbound', direction: 'in' },
];
const VALUES: Record<Column, (port: WirePort) => number | string | null> = {
  port: formatPortTitle,
  direction: (port) => port.direction,
  total: (port) => port.total,
};
const FIRST_SORT: SortState<Column> = { key: 'total', descending: true };
const ROWS_AT_FIRST = 12;

export function Ports() {
  const [sort, setSort] = useState(FIRST_SORT);
  const [filter, setFilter] = useState(ALL_DIRECTIONS);
  const [query, setQuery] = useState('');
  const [showsAll, setShowsAll] = useState(false);
  const ports = sample.value?.ports ?? [];
  const matching = ports.filter(
    (port) =>
      (filter.direction === null || port.direction === filter.direction) &&
      (query === '' || matchesQuery(listSearchWords(port), query)),
  );
  const order = useHeldOrder(sortRows(matching, VALUES[sort.key], sort.descending), (port) => port.id);
  const rows = showsAll ? order.rows : order.rows.slice(0, ROWS_AT_FIRST);
  const greatestTotal = Math.max(1, ...ports.map((port) => port.total));
  const onSort = (key: Column): void => {
    order.release();
    setSort(nextSort(sort, key, key === 'total') ?? FIRST_SORT);
  };
  const tools = (
    <>
      <PortFind />
      <Segments label="Direction" options={DIRECTION_FILTERS} selected={filter} onSelect={setFilter} />
      <Filter label="Filter port series" placeholder="Filter: address, port, state" query={query} onQuery={setQuery} />
    </>
  );
  return (
    <Section
      id="ports"
      title="Port series"
      note={order.held ? 'order kept while you are in the table' : `${matching.length} series`}
      tools={tools}
    >
      {rows.length === 0 ? (
        <Empty>{ports.length === 0 ? 'No TCP socket on this host.' : 'No port series matches.'}</Empty>
      ) : (
        <table class="rows ports-table" data-testid="ports-table" {...order.handlers}>
          <caption class="sr-only">Sockets per service port and state</caption>
          <Head sort={sort} onSort={onSort} />
          <tbody>
            {rows.map((port) => (
              <Row key={port.id} port={port} greatestTotal={greatestTotal} />
            ))}
          </tbody>
        </table>
      )}
      <MoreButton count={order.rows.length} limit={ROWS_AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </Section>
  );
}

const Head = memo(function Head({ sort, onSort }: { sort: SortState<Column>; onSort: (key: Column) => void }) {
  return (
    <thead>
      <tr>
        <SortHead name="port" sort={sort} onSort={onSort}>
          Port
        </SortHead>
        <SortHead name="direction" class="wide" sort={sort} onSort={onSort}>
          Direction
        </SortHead>
        <th scope="col">Sockets by state</th>
        <SortHead name="total" class="number" sort={sort} onSort={onSort}>
          Total
        </SortHead>
      </tr>
    </thead>
  );
}, SORTS_ALIKE);

const Row = memo(function Row({ port, greatestTotal }: { port: WirePort; greatestTotal: number }) {
  const href = buildPortHref(port.id);
  return (
    <tr
      class="row"
      data-testid="port-row"
      data-port-id={port.id}
      tabIndex={-1}
      onClick={() => navigateTo(href)}
      onKeyDown={(event) => onRowKey(event, href)}
    >
      <NameAndDirection port={port} />
      <td class="states-cell">
        <States port={port} greatestTotal={greatestTotal} />
      </td>
      <td class="number">
        <strong>{formatCount(port.total)}</strong>
      </td>
    </tr>
  );
});

const NameAndDirection = memo(
  function NameAndDirection({ port }: { port: WirePort }) {
    const directionIcon = <Icon name={port.direction === 'in' ? 'down' : 'up'} />;
    return (
      <>
        <th scope="row" class="destination-cell">
          <span class="narrow-icon">
            {directionIcon}
            <span class="sr-only">{port.direction}</span>
          </span>
          <a href={buildPortHref(port.id)}>{formatPortTitle(port)}</a>
          {port.namespace !== 'host' && <span class="origin muted"> in {port.namespace}</span>}
        </th>
        <td class="wide">
          <span class="direction">
            {directionIcon}
            {port.direction}
          </span>
        </td>
      </>
    );
  },
  // An id stands for the direction, the address and the namespace.
  { port: (before, next) => before.id === next.id },
);

/** The width of the bar is relative to the greatest port series, so that the bars of different rows compare. */
function States({ port, greatestTotal }: { port: WirePort; greatestTotal: number }) {
  const states = Object.entries(port.states).sort(([, a], [, b]) => b - a);
  return (
    <>
      <span class="state-bar" aria-hidden="true">
        {states.map(([state, count]) => (
          <span
            key={state}
            class={`state-part ink-${chooseStateInk(state)}`}
            style={{ width: `${(100 * count) / greatestTotal}%` }}
          />
        ))}
      </span>
      <span class="state-list">
        {states.map(([state, count]) => (
          <span key={state} class="state-item">
            <span class={`state-dot ink-${chooseStateInk(state)}`} aria-hidden="true" />
            {formatState(state)} {formatCount(count)}
          </span>
        ))}
      </span>
    </>
  );
}

/** The text that the filter searches. */
function listSearchWords(port: WirePort): string {
  const states = Object.keys(port.states).map(formatState).join(' ');
  return `${formatPortTitle(port)} ${port.direction} ${port.namespace} ${states}`;
}
