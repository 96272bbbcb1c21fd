/** The history of one port series. */
import { useState } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import type { WirePort } from '../../../daemon/wire/port.js';
import { isEmptyHistory } from '../chart/history-columns.js';
import { FIRST_RANGE, HISTORY_POINTS, RANGES, type Range } from '../chart/ranges.js';
import { HistoryState } from '../parts/history-state.js';
import { Segments } from '../parts/segments.js';
import { StateChart } from '../parts/state-chart.js';
import { sample } from '../state/live.js';
import { useHistory } from '../state/use-history.js';
import { formatPortTitle } from '../words/format.js';

export function PortHistory({ id }: { id: string }) {
  const [range, setRange] = useState<Range>(FIRST_RANGE);
  const { lengthMs, refreshMs } = range;
  const load = useHistory({ kind: 'ports', id, lengthMs, points: HISTORY_POINTS, refreshMs });
  const port = sample.value?.ports.find((candidate) => candidate.id === id) ?? null;
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  return (
    <>
      <h2 id="panel-title" class="panel-title">
        {port === null ? id : formatPortTitle(port)}
      </h2>
      <p class="panel-sub muted">{port === null ? 'Not among the series of the latest sample' : describePort(port)}</p>
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
