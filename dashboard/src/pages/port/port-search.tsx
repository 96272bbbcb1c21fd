/** All series of one port number: inbound and outbound, those that are gone too. */
import { formatCount, SECOND_MS } from '../../../../daemon/units.js';
import type { WireFoundPort } from '../../../../daemon/wire/port-page.js';
import { DataTable } from '../../parts/data-table.js';
import { Instant } from '../../parts/instant.js';
import { PageHead } from '../../parts/page-head.js';
import { PortFind } from '../../parts/port-find.js';
import { findPorts } from '../../state/page-api.js';
import { buildPortHref } from '../../state/route.js';
import { usePoll } from '../../state/use-poll.js';
import { formatPortTitle, formatState, parseInstant } from '../../words/format.js';

const REFRESH_MS = 5 * SECOND_MS;

/** @param port as it was typed; empty before anything was. */
export function PortSearch({ port }: { port: string }) {
  return (
    <>
      <PageHead title={port === '' ? 'Find a port' : `Port ${port}`} />
      <PortFind key={port} initial={port} />
      {port !== '' && <Found port={port} />}
    </>
  );
}

function Found({ port }: { port: string }) {
  const { value, error } = usePoll({ key: port, everyMs: REFRESH_MS, request: (signal) => findPorts(port, signal) });
  if (error !== null) {
    return (
      <p class="is-error" role="status">
        {error.status === 400
          ? `${JSON.stringify(port)} is no port: ports are whole numbers from 0 to 65535.`
          : error.message}
      </p>
    );
  }
  if (value === null) return <p role="status">Searching…</p>;
  if (value.length === 0) {
    return (
      <p class="muted" role="status">
        No socket of this port was ever seen here: neither one that listens, nor one that connects to it.
      </p>
    );
  }
  return (
    <DataTable
      caption={`The series of port ${port}`}
      columns={['Series', 'Direction', 'Sockets', 'States', 'Last seen']}
      testId="found-ports"
      rows={value.map((series) => ({ key: series.id, cells: listCells(series) }))}
    />
  );
}

function listCells(series: WireFoundPort) {
  const { id, direction, states, total, namespace, lastSeenAt, goneSince } = series;
  const seenMs = parseInstant(lastSeenAt);
  const where = namespace === 'host' ? '' : ` in ${namespace}`;
  return [
    <a href={buildPortHref(id)}>
      {formatPortTitle(series)}
      {where}
    </a>,
    direction === 'in' ? 'in: listens here' : 'out: connected from here',
    formatCount(total),
    Object.entries(states)
      .sort(([, a], [, b]) => b - a)
      .map(([state, count]) => `${formatState(state)} ${formatCount(count)}`)
      .join(', ') || 'none',
    goneSince === null ? (
      'now'
    ) : (
      <>
        gone
        {seenMs === null ? (
          ''
        ) : (
          <>
            , <Instant ms={seenMs} />
          </>
        )}
      </>
    ),
  ];
}
