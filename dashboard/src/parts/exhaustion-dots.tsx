/** A forecast as 20 dots on the time axis, each an equally likely situation in which the pool has run out by then. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate } from '../state/freshness.js';
import { sampleTime } from '../state/live.js';
import { describeDots, hasAxis, stackDots, type DotStack, type Quantiles } from '../words/dots.js';
import { formatInstant, formatTogether } from '../words/format.js';
import { readQuantiles, readSpread } from '../words/spread.js';

const WIDTH = 320;
const MOST_HEIGHT = 54;
const AXIS_HEIGHT = 16;
/** Room for the dots that never come, right of the axis. */
const NEVER_WIDTH = 64;
const NEVER_COLUMNS = 4;
const LARGEST_DOT = 12;

/**
 * Nothing where the instant is known so well that a countdown can be shown, where no exhaustion is forecast, or where the
 * sample is out of date.
 */
export function ExhaustionDots({ pool }: { pool: WirePool }) {
  const time = sampleTime.value;
  const quantiles = readQuantiles(pool);
  if (pool.exhaustsAt === null || pool.mode === 'exhausted' || isOutOfDate(pool.sampledAt, time)) return null;
  if (quantiles.length === 0 || !readSpread(pool, time.nowMs).isWide) return null;
  return (
    <figure class="dots" data-testid="exhaustion-dots">
      {hasAxis(quantiles) && <Dots quantiles={quantiles} />}
      <figcaption>{describeDots(quantiles, time.nowMs)}</figcaption>
      <DotTable stacks={stackDots(quantiles)} nowMs={time.nowMs} />
    </figure>
  );
}

function Dots({ quantiles }: { quantiles: Quantiles }) {
  const stacks = stackDots(quantiles);
  const never = quantiles.filter((at) => at === null).length;
  const axisWidth = never === 0 ? WIDTH : WIDTH - NEVER_WIDTH;
  const step = axisWidth / Math.max(1, stacks.length);
  const highest = Math.max(1, ...stacks.map(({ count }) => count), Math.ceil(never / NEVER_COLUMNS));
  const size = Math.min(LARGEST_DOT, step, MOST_HEIGHT / highest);
  const height = highest * size;
  const floor = height - size / 2;
  return (
    <svg class="dots-plot" viewBox={`0 0 ${WIDTH} ${height + AXIS_HEIGHT}`} aria-hidden="true">
      <line class="dots-axis" x1={0} x2={axisWidth} y1={height + 1} y2={height + 1} />
      {stacks.flatMap(({ count }, column) =>
        Array.from({ length: count }, (_, row) => (
          <circle
            key={`${column}.${row}`}
            class="dot"
            cx={(column + 0.5) * step}
            cy={floor - row * size}
            r={size / 2 - 0.75}
          />
        )),
      )}
      {Array.from({ length: never }, (_, index) => (
        <circle
          key={index}
          class="dot dot-never"
          cx={axisWidth + 14 + (index % NEVER_COLUMNS) * size}
          cy={floor - Math.floor(index / NEVER_COLUMNS) * size}
          r={size / 2 - 1.25}
        />
      ))}
      <AxisLabels stacks={stacks} x={axisWidth} y={height + AXIS_HEIGHT - 2} />
      {never > 0 && (
        <text class="dots-label" x={axisWidth + 8} y={height + AXIS_HEIGHT - 2}>
          never
        </text>
      )}
    </svg>
  );
}

/** The instants of the first and of the last dot. */
function AxisLabels({ stacks, x, y }: { stacks: readonly DotStack[]; x: number; y: number }) {
  const [first, last] = [stacks[0], stacks.at(-1)];
  if (first === undefined || last === undefined) return null;
  const [from, to] = formatTogether([first.fromMs, last.toMs], sampleTime.value.nowMs);
  return (
    <>
      <text class="dots-label" x={0} y={y}>
        {from}
      </text>
      {last.toMs > first.fromMs && (
        <text class="dots-label is-end" x={x} y={y}>
          {to}
        </text>
      )}
    </>
  );
}

/** For screen readers: how many of the situations have run out by the end of each step. */
function DotTable({ stacks, nowMs }: { stacks: readonly DotStack[]; nowMs: number }) {
  let total = 0;
  const rows = stacks.flatMap(({ toMs, count }) => {
    total += count;
    return count === 0 ? [] : [{ toMs, total }];
  });
  return (
    <table class="sr-only">
      <caption>Situations out of 20 that have run out</caption>
      <thead>
        <tr>
          <th scope="col">By</th>
          <th scope="col">Run out</th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row) => (
          <tr key={row.toMs}>
            <th scope="row">{formatInstant(row.toMs, nowMs)}</th>
            <td>{row.total}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
