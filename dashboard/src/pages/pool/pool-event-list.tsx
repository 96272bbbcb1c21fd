/** What happened to a pool: requested for the span of its history, in the legend of the chart, and as a table. */
import { useMemo } from 'preact/hooks';
import { MINUTE_MS } from '../../../../daemon/units.js';
import type { History } from '../../../../daemon/wire/history.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { SHAPE_SIGNS } from '../../chart/mark-shapes.js';
import { Behind } from '../../parts/behind.js';
import { DataTable } from '../../parts/data-table.js';
import { hostNowMs } from '../../state/live.js';
import { fetchMarks } from '../../state/page-api.js';
import type { TimeWindow } from '../../state/time-window.js';
import type { HistoryView } from '../../state/use-history.js';
import { usePoll } from '../../state/use-poll.js';
import { formatPlural, formatSpanInstant } from '../../words/format.js';
import { isInSpan, listPoolEvents, SHAPE_NAMES, type LimitChange, type PoolEvent } from '../../words/pool-events.js';

interface EventsOptions {
  readonly view: HistoryView | null;
  readonly kind: WirePool['kind'] | null;
  readonly atMs: number | null;
}

/** A daemon of an older version sends no changes. */
type HistoryWithChanges = History & { readonly changes?: readonly LimitChange[] };

/** The span is rounded, so that a history that follows the present does not request them with every sample. */
const ROUND_MS = MINUTE_MS;
const REFRESH_MS = 15_000;

export function usePoolEvents(id: string, { view, kind, atMs }: EventsOptions): readonly PoolEvent[] {
  const fromMs = Math.floor((view?.fromMs ?? 0) / ROUND_MS) * ROUND_MS;
  const toMs = Math.ceil((view?.toMs ?? 0) / ROUND_MS) * ROUND_MS;
  const { value } = usePoll({
    key: `marks ${id} ${fromMs} ${toMs}`,
    everyMs: REFRESH_MS,
    request: async (signal) => (toMs === 0 ? null : await fetchMarks(id, { fromMs, toMs }, signal)),
  });
  const history: HistoryWithChanges | undefined = view?.history;
  return useMemo(
    () =>
      listPoolEvents({
        outages: history?.outages ?? [],
        changes: history?.changes ?? [],
        marks: value,
        kind,
        atMs,
        nowMs: hostNowMs.peek(),
      }),
    [history, value, kind, atMs],
  );
}

/** Only what is drawn. */
export function EventLegend({ events, hasOutages }: { events: readonly PoolEvent[]; hasOutages: boolean }) {
  const shapes = [...new Set(events.map(({ shape }) => shape))];
  return (
    <ul class="legend" aria-hidden="true">
      <li class="legend-band">maximum, and minimum to maximum</li>
      {hasOutages && <li class="legend-outage">out of ports</li>}
      {shapes.map((shape) => (
        <li key={shape} class={`legend-shape shape-${shape}`}>
          <span class="shape-sign">{SHAPE_SIGNS[shape]}</span>
          {SHAPE_NAMES[shape]}
        </li>
      ))}
    </ul>
  );
}

export function EventTable({ events, time }: { events: readonly PoolEvent[]; time: TimeWindow }) {
  const span = time.zoom.value ?? { ...time.shown.peek(), toMs: hostNowMs.peek() };
  const shown = events.filter((event) => isInSpan(event, span)).reverse();
  if (shown.length === 0) return <p class="muted no-events">No alert, outage or change of a limit in this time.</p>;
  return (
    <Behind
      title={`Table of ${formatPlural(shown.length, 'mark')}`}
      testId="event-table"
      content={() => (
        <DataTable
          caption="What happened in this time"
          columns={['Time', 'What', 'Details']}
          rows={shown.map(({ atMs, kind, text, href, shape }, index) => ({
            key: `${shape} ${atMs} ${index}`,
            cells: [
              <span class="nowrap">{formatSpanInstant(atMs, span)}</span>,
              <>
                <span class={`shape-sign shape-${shape}`} aria-hidden="true">
                  {SHAPE_SIGNS[shape]}
                </span>{' '}
                {href === null ? kind : <a href={href}>{kind}</a>}
              </>,
              text,
            ],
          }))}
        />
      )}
    />
  );
}
