/** The small chart of an embed, with a table for screen readers. */
import { formatCount } from '../../../../daemon/units.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import { drawSpark } from '../../chart/spark.js';
import { isOutOfDate } from '../../state/freshness.js';
import { hostTime } from '../../state/live.js';
import type { UsePoint } from '../../state/live-history.js';
import { formatClockTime, parseInstant } from '../../words/format.js';

/** Rows of the table: about one for every two minutes. */
const TABLE_ROWS = 8;

interface SparkChartProps {
  readonly past: readonly UsePoint[];
  readonly pool: WirePool | null;
  readonly nowMs: number;
}

export function SparkChart({ past, pool, nowMs }: SparkChartProps) {
  const ahead = pool === null || isOutOfDate(pool.sampledAt, hostTime.value) ? [] : pool.ahead;
  const { line, area, forecast, limitY } = drawSpark({ past, ahead, capacity: pool?.capacity ?? 0, nowMs });
  if (line === '') return <p class="muted">No history yet</p>;
  return (
    <figure class="spark">
      <svg viewBox="0 0 100 100" preserveAspectRatio="none" role="img" aria-label="Ports held over the last 15 minutes">
        <path class="spark-area" d={area} />
        {limitY !== null && <path class="spark-limit" d={`M0 ${limitY}H100`} />}
        <path class="spark-line" d={line} />
        {forecast !== '' && <path class="spark-forecast" d={forecast} />}
      </svg>
      <figcaption class="muted">
        last 15 min{forecast !== '' && ', forecast dashed'}
        {limitY !== null && ', limit red'}
      </figcaption>
      <SparkTable past={past} ahead={ahead} />
    </figure>
  );
}

function SparkTable({ past, ahead }: { past: readonly UsePoint[]; ahead: WirePool['ahead'] }) {
  const known = past.filter(({ used }) => used !== null);
  const every = Math.max(1, Math.ceil(known.length / TABLE_ROWS));
  const rows = known.filter((_, index) => (known.length - 1 - index) % every === 0);
  const last = ahead.at(-1);
  return (
    <table class="sr-only">
      <caption>Ports held</caption>
      <thead>
        <tr>
          <th scope="col">Time</th>
          <th scope="col">Ports</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ t, used }) => (
          <tr key={t}>
            <th scope="row">{formatClockTime(t)}</th>
            <td>{formatCount(used ?? 0)}</td>
          </tr>
        ))}
        {last !== undefined && (
          <tr>
            <th scope="row">{formatClockTime(parseInstant(last.at) ?? 0)}, forecast</th>
            <td>{formatCount(last.used)}</td>
          </tr>
        )}
      </tbody>
    </table>
  );
}
