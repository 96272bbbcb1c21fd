/** The history of one port series. */
import { useState } from 'preact/hooks';
import { formatCount } from '../../../../daemon/units.js';
import type { WirePort } from '../../../../daemon/wire/port.js';
import { isEmptyHistory } from '../../chart/history-columns.js';
import { FIRST_RANGE, HISTORY_POINTS, RANGES, type Range } from '../../chart/ranges.js';
import { HistoryState } from '../../parts/history-state.js';
import { PageHead } from '../../parts/page-head.js';
import { Segments } from '../../parts/segments.js';
import { StateChart } from '../../parts/state-chart.js';
import { sample } from '../../state/live.js';
import type { PageRoute } from '../../state/route.js';
import { useHistory } from '../../state/use-history.js';
import { formatPortTitle } from '../../words/format.js';

/** The key makes another series another page, with its own state. */
export function PortPage({ route: { id } }: { route: PageRoute }) {
  return <main data-testid="port-page">{id !== null && <PortHistory key={id} id={id} />}</main>;
}

function PortHistory({ id }: { id: string }) {
  const [range, setRange] = useState<Range>(FIRST_RANGE);
  const { lengthMs, refreshMs } = range;
  const load = useHistory({ kind: 'ports', id, lengthMs, points: HISTORY_POINTS, refreshMs });
  const port = sample.value?.ports.find((candidate) => candidate.id === id) ?? null;
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  return (
    <>
      <PageHead title={port === null ? id : formatPortTitle(port)} />
      <p class="muted">{port === null ? 'Not among the series of the latest sample' : describePort(port)}</p>
      <Segments label="Range" options={RANGES} selected={range} onSelect={setRange} />
      <HistoryState load={load} empty={empty} range={range} />
      {load.view !== null && !empty && <StateChart view={load.view} />}
    </>
  );
}

function describePort({ direction, total }: WirePort): string {
  const text = direction === 'in' ? 'Inbound: sockets of a port that listens here' : 'Outbound';
  return `${text}. ${formatCount(total)} sockets now`;
}
