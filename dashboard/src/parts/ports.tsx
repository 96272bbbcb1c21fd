/** The port series: one row per service port seen from this host, its sockets by state. */
import { useState } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import type { WirePort } from '../../../daemon/wire/port.js';
import { chooseStateInk } from '../chart/palette.js';
import { formatPortTitle, formatState } from '../words/format.js';
import { sample } from '../state/live.js';
import { currentRoute, navigateTo } from '../state/navigation.js';
import { portHref } from '../state/route.js';
import { matchesQuery, nextSort, sortRows, type SortState } from '../state/sort.js';
import { Icon } from './icon.js';
import { Empty, Filter, More, Section, SortHead } from './parts.js';
import { onRowKey } from './row-keys.js';
import { useHeldOrder } from '../state/use-held-order.js';

type Column = 'port' | 'direction' | 'total';
type Show = 'all' | 'out' | 'in';
const SHOWS: readonly { readonly show: Show; readonly name: string }[] = [
  { show: 'all', name: 'All' },
  { show: 'out', name: 'Outbound' },
  { show: 'in', name: 'Inbound' },
];
const VALUES: Record<Column, (port: WirePort) => number | string | null> = {
  port: formatPortTitle,
  direction: (port) => port.direction,
  total: (port) => port.total,
};
const FEW = 12;

export function Ports() {
  const [sort, setSort] = useState<SortState<Column>>({ key: 'total', descending: true });
  const [show, setShow] = useState<Show>('all');
  const [query, setQuery] = useState('');
  const [all, setAll] = useState(false);
  const ports = sample.value?.ports ?? [];
  const found = ports.filter(
    (port) => (show === 'all' || port.direction === show) && matchesQuery(portText(port), query),
  );
  const order = useHeldOrder(sortRows(found, VALUES[sort.key], sort.descending), (port) => port.id);
  const rows = all ? order.rows : order.rows.slice(0, FEW);
  const most = Math.max(1, ...ports.map((port) => port.total));
  const onSort = (key: Column): void => {
    order.release();
    setSort(nextSort(sort, key, key === 'total') ?? { key: 'total', descending: true });
  };
  const tools = (
    <>
      <Directions show={show} onShow={setShow} />
      <Filter label="Filter port series" placeholder="Filter: address, port, state" query={query} onQuery={setQuery} />
    </>
  );
  return (
    <Section
      id="ports"
      title="Port series"
      note={order.held ? 'order held while you are here' : `${found.length} series`}
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
              <Row key={port.id} port={port} most={most} />
            ))}
          </tbody>
        </table>
      )}
      <More count={order.rows.length} few={FEW} all={all} onAll={setAll} />
    </Section>
  );
}

function Head({ sort, onSort }: { sort: SortState<Column>; onSort: (key: Column) => void }) {
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
}

function Directions({ show, onShow }: { show: Show; onShow: (show: Show) => void }) {
  return (
    <div class="segments" role="group" aria-label="Direction">
      {SHOWS.map((option) => (
        <button key={option.show} type="button" aria-pressed={show === option.show} onClick={() => onShow(option.show)}>
          {option.name}
        </button>
      ))}
    </div>
  );
}

function Row({ port, most }: { port: WirePort; most: number }) {
  const href = portHref(port.id);
  const route = currentRoute.value;
  const selected = route.view === 'port' && route.id === port.id;
  const states = Object.entries(port.states).sort(([, a], [, b]) => b - a);
  return (
    <tr
      class={`row${selected ? ' is-selected' : ''}`}
      data-testid="port-row"
      data-port-id={port.id}
      tabIndex={-1}
      onClick={() => navigateTo(href)}
      onKeyDown={(event) => onRowKey(event, href)}
    >
      <th scope="row" class="destination-cell">
        <span class="narrow-icon">
          <Icon name={port.direction === 'in' ? 'down' : 'up'} />
          <span class="sr-only">{port.direction}</span>
        </span>
        <a href={href}>{formatPortTitle(port)}</a>
        {port.namespace !== 'host' && <span class="origin muted"> in {port.namespace}</span>}
      </th>
      <td class="wide">
        <span class="direction">
          <Icon name={port.direction === 'in' ? 'down' : 'up'} />
          {port.direction}
        </span>
      </td>
      <td class="states-cell">
        <span class="state-bar" aria-hidden="true">
          {states.map(([state, count]) => (
            <span
              key={state}
              class={`state-part ink-${chooseStateInk(state)}`}
              style={{ width: `${(100 * count) / most}%` }}
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
      </td>
      <td class="number">
        <strong>{formatCount(port.total)}</strong>
      </td>
    </tr>
  );
}

function portText(port: WirePort): string {
  return `${formatPortTitle(port)} ${port.direction} ${port.namespace} ${Object.keys(port.states).map(formatState).join(' ')}`;
}
