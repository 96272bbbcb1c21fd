/** A row of the table of pools. It opens the page of its pool. */
import { formatCount, formatRate } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { hostNowMs } from '../state/live.js';
import { navigateTo } from '../state/navigation.js';
import { buildPoolHref } from '../state/route.js';
import { formatDemandRate, formatPressure } from '../words/demand.js';
import {
  formatPoolOrigin,
  formatPoolTitle,
  formatRoughDuration,
  formatWholeDuration,
  parseInstant,
} from '../words/format.js';
import { showsSameName, showsSameCells, showsSameTimeLeft } from '../words/pool-cells.js';
import { nameOwn, readGoneSince } from '../words/pool-marks.js';
import { formatProbability, isLikely } from '../words/probability-text.js';
import { readSpread } from '../words/spread.js';
import type { Tone } from '../words/tone.js';
import { Instant } from './instant.js';
import { memo } from './memo.js';
import { ModeBadge } from './mode-badge.js';
import { onRowKey } from './row-keys.js';
import { UseBar } from './use-bar.js';

/** Rows are counted from 1, and the first is the header. */
const FIRST_ROW_INDEX = 2;

interface PoolRowProps {
  readonly pool: WirePool;
  /** The place of the row among all rows, from 0: only those near the window are rendered. */
  readonly place: number;
  readonly tone: Tone;
  readonly outOfDate: boolean;
}

export const PoolRow = memo(
  function PoolRow({ pool, place, tone, outOfDate }: PoolRowProps) {
    const href = buildPoolHref(pool.id);
    return (
      <tr
        class={`row tone-${tone}`}
        data-testid="pool-row"
        data-pool-id={pool.id}
        aria-rowindex={place + FIRST_ROW_INDEX}
        tabIndex={-1}
        onClick={() => navigateTo(href)}
        onKeyDown={(event) => onRowKey(event, href)}
      >
        <NameAndMode pool={pool} />
        <td class="use-cell">
          <UseBar pool={pool} />
          <span class="use-text">
            {formatCount(pool.used)} <span class="muted">/ {formatCount(pool.capacity)}</span>
          </span>
        </td>
        <td class="number pressure-cell">{formatPressure(pool) ?? <Unknown />}</td>
        <td class="number wide rate-cell">
          {formatDemandRate(pool) ?? <Unknown />} <span class="muted">/ {formatRate(pool.sustainableRate)}</span>
        </td>
        <RunsOutCell pool={pool} outOfDate={outOfDate} />
      </tr>
    );
  },
  { pool: showsSameCells },
);

interface CellProps {
  readonly pool: WirePool;
  readonly outOfDate: boolean;
}

/** On a phone the mode stands below the name. */
const NameAndMode = memo(
  function NameAndMode({ pool }: { pool: WirePool }) {
    return (
      <>
        <th scope="row" class="destination-cell">
          <a href={buildPoolHref(pool.id)}>{formatPoolTitle(pool)}</a>{' '}
          <span class="origin muted">{formatPoolOrigin(pool)}</span>
          <span class="narrow">
            <Badges pool={pool} />
          </span>
        </th>
        <td class="wide">
          <Badges pool={pool} />
        </td>
      </>
    );
  },
  { pool: showsSameName },
);

const RunsOutCell = memo(
  function RunsOutCell({ pool, outOfDate }: CellProps) {
    return (
      <td class="number">
        <RunsOut pool={pool} outOfDate={outOfDate} />
      </td>
    );
  },
  { pool: showsSameTimeLeft },
);

/** A pool that is gone has no mode: its row stays while an alert of it is not resolved. */
function Badges({ pool }: { pool: WirePool }) {
  const own = nameOwn(pool);
  return (
    <>
      {readGoneSince(pool) === null ? <ModeBadge pool={pool} /> : <span class="badge tone-unknown">gone</span>}
      {own !== null && (
        <>
          {' '}
          <span class="badge tone-unknown" title="It is listed last, because the host is not watched for it.">
            {own}
          </span>
        </>
      )}
    </>
  );
}

function Unknown() {
  return (
    <span class="muted" title="Not known yet">
      ?<span class="sr-only"> not known yet</span>
    </span>
  );
}

function RunsOut({ pool, outOfDate }: CellProps) {
  const goneSinceMs = readGoneSince(pool);
  if (goneSinceMs !== null) {
    return (
      <span class="muted">
        since <Instant ms={goneSinceMs} />
      </span>
    );
  }
  if (outOfDate) return <Unknown />;
  if (pool.mode === 'exhausted') return <strong>now</strong>;
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  const pressureFullAtMs = parseInstant(pool.pressureFullAt);
  if (exhaustsAtMs === null && pressureFullAtMs !== null) {
    return (
      <span class="rising" title="The close rate is rising; it may stop rising before the ports are full">
        rising
      </span>
    );
  }
  if (exhaustsAtMs === null) {
    return (
      <span class="muted">
        <span aria-hidden="true">–</span>
        <span class="sr-only">not foreseen</span>
      </span>
    );
  }
  const left = describeLeft(pool, hostNowMs.value);
  if (!isLikely(pool)) {
    return (
      <>
        <span title="Less likely than not">{left}</span>{' '}
        <span class="muted">{formatProbability(pool.probability ?? 0)}</span>
      </>
    );
  }
  return (
    <>
      <strong>{left}</strong>{' '}
      {!readSpread(pool, hostNowMs.value).isWide && (
        <span class="muted wide">
          <Instant ms={exhaustsAtMs} />
        </span>
      )}
    </>
  );
}

/** A countdown where the instant is known well, else the interval: `2 to 4 min`, `from 2 min on`. */
function describeLeft(pool: WirePool, nowMs: number): string {
  const { exhaustsAtMs, earliestMs, latestMs, isWide } = readSpread(pool, nowMs);
  if (!isWide) return formatWholeDuration(exhaustsAtMs - nowMs);
  const earliest = formatRoughDuration(Math.max(0, earliestMs - nowMs));
  return latestMs === null ? `from ${earliest} on` : `${earliest} to ${formatRoughDuration(latestMs - nowMs)}`;
}
