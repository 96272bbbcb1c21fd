/** The page of one port series, and without an id the search for a port. */
import { formatCount } from '../../../../daemon/units.js';
import type { WirePort } from '../../../../daemon/wire/port.js';
import { isEmptyHistory, listPresentQuantities } from '../../chart/history-columns.js';
import type { Quantity } from '../../parts/band-chart.js';
import { HistoryState } from '../../parts/history-state.js';
import { HistoryTable } from '../../parts/history-table.js';
import { PageHead } from '../../parts/page-head.js';
import { PortFind } from '../../parts/port-find.js';
import { Section } from '../../parts/section.js';
import { StateChart } from '../../parts/state-chart.js';
import { TimeCharts, useSpanControl } from '../../parts/time-charts.js';
import { TimeControls } from '../../parts/time-controls.js';
import { sample } from '../../state/live.js';
import { buildPortHref, type PageRoute } from '../../state/route.js';
import { useSpanHistory } from '../../state/use-span-history.js';
import { useTimeWindow } from '../../state/time-window.js';
import { formatPortTitle, formatState } from '../../words/format.js';
import { readPortId } from '../../words/port-id.js';
import { PortEnds } from './port-ends.js';
import { PortSearch } from './port-search.js';
import '../../styles/time-pages.css';

/** The key makes another series, and another time, another page with its own state. */
export function PortPage({ route: { id, params } }: { route: PageRoute }) {
  const find = new URLSearchParams(params).get('find') ?? '';
  return (
    <main class="time-page" data-testid="port-page">
      {id === null ? (
        <PortSearch key={find} port={find} />
      ) : (
        <PortBody key={`${id} ${params}`} id={id} params={params} />
      )}
    </main>
  );
}

function PortBody({ id, params }: { id: string; params: string }) {
  const port = sample.value?.ports.find((candidate) => candidate.id === id) ?? null;
  const known = port ?? readPortId(id);
  return (
    <>
      <PageHead title={known === null ? id : formatPortTitle(known)} />
      <div class="port-top">
        <p class="muted">{port === null ? 'Not among the port series of the latest sample' : describePort(port)}</p>
        <PortFind />
      </div>
      <PortHistory id={id} params={params} />
      {port !== null && <PortEnds port={port} />}
    </>
  );
}

function PortHistory({ id, params }: { id: string; params: string }) {
  const time = useTimeWindow(params, buildPortHref(id));
  const control = useSpanControl(time);
  const load = useSpanHistory({ kind: 'ports', id, time });
  const empty = load.view !== null && isEmptyHistory(load.view.history);
  return (
    <Section id="history" title="History">
      <TimeControls time={time} />
      <HistoryState load={load} empty={empty} range={time.range.value} />
      {load.view !== null && !empty && (
        <>
          <TimeCharts time={time}>
            <StateChart view={load.view} window={time.shown} control={control} />
          </TimeCharts>
          <HistoryTable
            view={load.view}
            time={time}
            quantities={listQuantities(listPresentQuantities(load.view.history))}
          />
        </>
      )}
    </Section>
  );
}

function listQuantities(states: readonly string[]): Quantity[] {
  return [
    { name: 'total', title: 'All sockets', format: formatCount },
    ...states.map((name) => ({ name, title: formatState(name), format: formatCount })),
  ];
}

function describePort({ direction, total }: WirePort): string {
  const text = direction === 'in' ? 'Inbound: sockets of a port that listens here' : 'Outbound';
  return `${text}. ${formatCount(total)} sockets now`;
}
