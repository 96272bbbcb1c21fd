/** The chart of the worst pool: the ports used over the last minutes, and the forecast. */
import { useMemo, useRef } from 'preact/hooks';
import { formatCount } from '../../../daemon/units.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { Plot, type PlotSpec } from '../chart/plot.js';
import { chooseScale } from '../chart/scale.js';
import { chooseWindow, LONGEST_PAST_MS } from '../chart/window.js';
import {
  buildWorstPoolColumns,
  findDrawn,
  findPeak,
  mergePast,
  type WorstPoolColumns,
} from '../chart/worst-pool-columns.js';
import { listWorstPoolMarks } from '../chart/worst-pool-marks.js';
import { isOutOfDate } from '../state/freshness.js';
import { liveHistories, maxSampleAgeMs, sample, sampleTime } from '../state/live.js';
import { useHistory } from '../state/use-history.js';
import { zoneChoice } from '../state/zone.js';
import { formatClockTime, formatPoolTitle, parseInstant } from '../words/format.js';
import { describeOutageAt, findSpan, mergeOutages } from '../words/outages.js';
import { writeHeadline } from '../words/headline.js';

const SPEC: PlotSpec = {
  key: 'worst-pool',
  formatValue: formatCount,
  series: [
    { label: 'used', stroke: 'used', width: 2 },
    { label: 'live', stroke: 'live', width: 1, fill: 'live-fill' },
    { label: 'forecast', stroke: 'forecast', width: 2, dash: [6, 4] },
    { label: 'high' },
    { label: 'low' },
  ],
  areas: [
    { between: [1, 2], fill: 'used-fill' },
    { between: [4, 5], fill: 'forecast-fill' },
  ],
};
const HEIGHT_PX = 270;
const POINTS = 300;

export function WorstPoolChart({ pool }: { pool: WirePool }) {
  const data = useChartData(pool);
  const time = { ...sampleTime.value, nowMs: parseInstant(pool.sampledAt) ?? 0 };
  const now = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} now`;
  return (
    <div class="worst-pool-plot">
      <Plot
        spec={SPEC}
        data={data}
        height={HEIGHT_PX}
        testId="worst-pool-chart"
        summary={`Ports used by ${formatPoolTitle(pool)} over the last minutes and the forecast ahead: ${now}. ${writeHeadline(pool, time).text}.`}
        readout={(index) => describeStep(data.columns, index, data.outages)}
      />
      <ul class="legend" aria-hidden="true">
        {data.drawn.timeWait && <li class="legend-used">TIME_WAIT</li>}
        {data.drawn.open && <li class="legend-open">open</li>}
        {data.outages.length > 0 && <li class="legend-outage">out of ports</li>}
        {data.drawn.forecast && <li class="legend-forecast">forecast (90% band)</li>}
      </ul>
    </div>
  );
}

/** Now is the instant of the sample, so that past and forecast meet there. Without a current sample it is the clock. */
function useChartData(pool: WirePool) {
  const { view } = useHistory({
    kind: 'pools',
    id: pool.id,
    lengthMs: LONGEST_PAST_MS,
    points: POINTS,
    refreshMs: null,
  });
  const showedCapacity = useRef(true);
  const outOfDate = isOutOfDate(pool.sampledAt, sampleTime.value);
  return useMemo(() => {
    const time = sampleTime.peek();
    const nowMs = outOfDate ? time.nowMs : (parseInstant(pool.sampledAt) ?? time.nowMs);
    const window = chooseWindow(pool, nowMs);
    const past = mergePast({
      history: view?.history ?? null,
      livePoints: liveHistories.get(pool.id) ?? [],
      fromMs: window.fromMs,
      maxSampleAgeMs: maxSampleAgeMs.peek(),
    });
    const ahead = outOfDate ? [] : pool.ahead;
    const columns = buildWorstPoolColumns({ past, ahead, reusable: pool.reusable, window });
    const scale = chooseScale(Math.max(findPeak(columns), pool.used), pool.capacity, showedCapacity.current);
    showedCapacity.current = scale.showsCapacity;
    const x = [window.fromMs / 1000, window.toMs / 1000] as const;
    const outages = listOutages(pool, view?.history.outages ?? []).filter(
      (each) => findSpan(each).toMs >= window.fromMs,
    );
    const marks = listWorstPoolMarks({ pool, nowMs, scale, columns, outages });
    return { columns, x, yMax: scale.max, marks, outages, drawn: findDrawn(columns) };
  }, [pool, view, outOfDate, zoneChoice.value]);
}

/** Those of the stored history, and those that the alerts of the pool have had since it was requested. */
function listOutages(pool: WirePool, stored: readonly WireOutage[]): WireOutage[] {
  const alerts = sample.peek()?.status.alerts ?? [];
  return mergeOutages(stored, ...alerts.filter(({ poolId }) => poolId === pool.id).map(({ outages }) => outages));
}

/** The values at one step; null is the newest step of the past. */
function describeStep(columns: WorstPoolColumns, index: number | null, outages: readonly WireOutage[]): string {
  const step = index ?? columns[1].findLastIndex((value) => typeof value === 'number');
  const t = columns[0][step];
  if (t === undefined) return '';
  const [used, live, forecast, high, low] = columns.slice(1).map((column) => column[step]);
  const time = formatClockTime(t * 1000);
  if (typeof used === 'number') {
    const outage = index === null ? null : describeOutageAt(outages, t * 1000, t * 1000);
    const out = outage === null ? '' : `, ${outage}`;
    return `${time}  ${formatCount(used)} used${typeof live === 'number' ? `, ${formatCount(live)} open` : ''}${out}`;
  }
  if (typeof forecast !== 'number') return time;
  const band =
    typeof low === 'number' && typeof high === 'number' ? ` (${formatCount(low)} to ${formatCount(high)})` : '';
  return `${time}  forecast ${formatCount(forecast)}${band}`;
}
