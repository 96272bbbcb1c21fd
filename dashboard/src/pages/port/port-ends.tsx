/** The other ends of a port series: who holds its sockets. */
import { formatCount, SECOND_MS } from '../../../../daemon/units.js';
import type { WirePort } from '../../../../daemon/wire/port.js';
import type { WirePortEnds } from '../../../../daemon/wire/port-page.js';
import { DataTable } from '../../parts/data-table.js';
import { Section } from '../../parts/section.js';
import { fetchEnds } from '../../state/page-api.js';
import { usePoll } from '../../state/use-poll.js';
import { formatClockTime, formatPlural, formatState, parseInstant } from '../../words/format.js';

const REFRESH_MS = 5 * SECOND_MS;

export function PortEnds({ port }: { port: WirePort }) {
  const { value, error } = usePoll({
    key: `ends ${port.id}`,
    everyMs: REFRESH_MS,
    request: (signal) => fetchEnds(port.id, signal),
  });
  const note = value === null ? undefined : `at ${formatClockTime(parseInstant(value.sampledAt) ?? 0)}`;
  return (
    <Section id="ends" title={port.direction === 'in' ? 'Top other ends' : 'Used from'} note={note} testId="port-ends">
      {port.direction === 'out' && (
        <p class="muted">All sockets of an outbound series have the same other end. These are the local addresses.</p>
      )}
      {value !== null && <Ends found={value} />}
      {value === null && (
        <p class="muted" role="status">
          {error === null || error.status === 503 ? 'Counted with the next sample…' : error.message}
        </p>
      )}
    </Section>
  );
}

function Ends({ found: { ends, others, side } }: { found: WirePortEnds }) {
  if (ends.length === 0) return <p class="muted">No connection at present.</p>;
  return (
    <>
      <DataTable
        caption="Sockets by address"
        columns={[side === 'remote' ? 'Remote address' : 'Local address', 'Sockets', 'States']}
        testId="ends-table"
        rows={ends.map(({ address, total, states }) => ({
          key: address,
          cells: [
            address,
            formatCount(total),
            Object.entries(states)
              .sort(([, a], [, b]) => b - a)
              .map(([state, count]) => `${formatState(state)} ${formatCount(count)}`)
              .join(', '),
          ],
        }))}
      />
      {others.sockets > 0 && (
        <p class="muted">
          and {formatCount(others.ends)} other {others.ends === 1 ? 'address' : 'addresses'} with{' '}
          {formatPlural(others.sockets, 'socket')}
        </p>
      )}
    </>
  );
}
