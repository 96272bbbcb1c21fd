/** The ports of the pool that an incident is told by, over the time of the incident. */
import { formatCount, MINUTE_MS, SECOND_MS } from '../../../../daemon/units.js';
import type { WireOutage } from '../../../../daemon/wire/outage.js';
import { isEmptyHistory } from '../../chart/history-columns.js';
import type { Mark } from '../../chart/marks.js';
import { HISTORY_POINTS } from '../../chart/ranges.js';
import { markOutages } from '../../chart/worst-pool-marks.js';
import { fetchHistory } from '../../state/api.js';
import type { Incident } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { usePoll } from '../../state/use-poll.js';
import { parseInstant } from '../../words/format.js';
import { BandChart, type Quantity } from '../band-chart.js';

type Pool = Incident['pools'][number];

const USED: Quantity = { name: 'used', title: 'Ports used', format: formatCount };
const HEIGHT_PX = 220;
const REFRESH_MS = 10 * SECOND_MS;
/** What is shown before and after the incident: a share of its length, and at least so much. */
const MARGIN = 0.15;
const MIN_MARGIN_MS = 2 * MINUTE_MS;
const TOP = 1.15;

interface IncidentChartProps {
  readonly incident: Incident;
  readonly pool: Pool;
  /** Of this pool. */
  readonly outages: readonly WireOutage[];
}

export function IncidentChart({ incident, pool, outages }: IncidentChartProps) {
  const isOver = incident.state === 'resolved';
  const { value, error } = usePoll({
    key: `${pool.id} ${incident.openedAt} ${incident.resolvedAt ?? ''}`,
    everyMs: isOver ? MINUTE_MS : REFRESH_MS,
    request: async (signal) => {
      const window = chooseWindow(incident, hostNowMs.peek());
      const history = await fetchHistory({ kind: 'pools', id: pool.id, points: HISTORY_POINTS, ...window }, signal);
      return { history, ...window };
    },
  });
  if (value === null && error === null) {
    return <div class="skeleton incident-skeleton" role="status" aria-label="Loading the history" />;
  }
  if (value === null || isEmptyHistory(value.history)) {
    return (
      <p class="muted">
        {error === null || error.status === 404 ? 'No history of that time is stored.' : error.message}
      </p>
    );
  }
  const marks = listMarks(incident, pool, outages);
  return (
    <div data-testid="incident-chart">
      <BandChart quantity={USED} view={value} heightPx={HEIGHT_PX} marks={marks} yMax={pool.capacity * TOP} />
      {outages.length > 0 && (
        <ul class="legend" aria-hidden="true">
          <li class="legend-outage">out of ports</li>
        </ul>
      )}
    </div>
  );
}

function chooseWindow({ openedAt, resolvedAt }: Incident, nowMs: number): { fromMs: number; toMs: number } {
  const openedMs = Math.min(parseInstant(openedAt) ?? nowMs, nowMs);
  const endMs = Math.max(openedMs, parseInstant(resolvedAt) ?? nowMs);
  const marginMs = Math.max(MIN_MARGIN_MS, (endMs - openedMs) * MARGIN);
  return { fromMs: openedMs - marginMs, toMs: Math.max(openedMs + SECOND_MS, Math.min(nowMs, endMs + marginMs)) };
}

/** What was forecast stands at the bottom, what came at the top. */
function listMarks(incident: Incident, pool: Pool, outages: readonly WireOutage[]): Mark[] {
  const limit: Mark = {
    kind: 'level',
    value: pool.capacity,
    label: `limit ${formatCount(pool.capacity)}`,
    tone: 'limit',
  };
  return [
    ...markOutages(outages),
    limit,
    ...markInstant(incident.openedAt, 'began', 'bottom'),
    ...markInstant(pool.forecastExhaustionAt, 'forecast full', 'top'),
    ...markInstant(incident.resolvedAt, 'over', 'bottom'),
  ];
}

function markInstant(at: string | null, label: string, place: 'top' | 'bottom'): Mark[] {
  const atMs = parseInstant(at);
  return atMs === null ? [] : [{ kind: 'instant', atMs, label, tone: 'muted', place }];
}
