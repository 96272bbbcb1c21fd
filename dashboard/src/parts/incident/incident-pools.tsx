/** The pools of an incident: how full they became, and what was forecast against what came. */
import { useState } from 'preact/hooks';
import { formatCount, formatPercent } from '../../../../daemon/units.js';
import type { WireOutage } from '../../../../daemon/wire/outage.js';
import type { Incident } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { buildPoolHref } from '../../state/route.js';
import { describeCame, describeFailedConnects, describeForecast } from '../../words/forecast-check.js';
import { parseInstant } from '../../words/format.js';
import { shareOf } from '../../words/incident.js';
import { DataTable } from '../data-table.js';
import { Instant } from '../instant.js';
import { MoreButton } from '../more-button.js';

const POOLS_AT_FIRST = 10;
const COLUMNS = ['Destination', 'Peak use', 'Joined', 'Forecast then', 'What came'];

interface IncidentPoolsProps {
  readonly incident: Incident;
  /** Of all its pools; null where they are not known. */
  readonly outages: readonly WireOutage[] | null;
}

export function IncidentPools({ incident, outages }: IncidentPoolsProps) {
  const [showsAll, setShowsAll] = useState(false);
  const { pools } = incident;
  const shown = showsAll ? pools : pools.slice(0, POOLS_AT_FIRST);
  const nowMs = hostNowMs.value;
  const rows = shown.map((pool) => {
    const own = outages?.filter(({ poolId }) => poolId === pool.id) ?? null;
    const joinedMs = parseInstant(pool.joinedAt);
    const failed = describeFailedConnects(own ?? []);
    return {
      key: pool.id,
      cells: [
        <>
          <a href={buildPoolHref(pool.id)} class="breakable">
            {pool.name}
          </a>
          {pool.processes.length > 0 && <span class="origin muted breakable">held by {pool.processes.join(', ')}</span>}
        </>,
        <Peak pool={pool} />,
        joinedMs === null ? '–' : <Instant ms={joinedMs} />,
        describeForecast(pool, nowMs) ?? 'none',
        <>
          {describeCame(pool, { outages: own, isOver: incident.state === 'resolved', nowMs })}
          {failed !== null && <span class="origin muted">{failed}</span>}
        </>,
      ],
    };
  });
  return (
    <>
      <DataTable caption="Pools of the incident" columns={COLUMNS} rows={rows} testId="incident-pools" />
      <MoreButton count={pools.length} limit={POOLS_AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </>
  );
}

function Peak({ pool }: { pool: Incident['pools'][number] }) {
  return (
    <>
      <span class="use-bar" aria-hidden="true">
        <span class="use-time-wait" style={{ width: `${Math.min(100, 100 * shareOf(pool))}%` }} />
      </span>{' '}
      <span class="nowrap">
        {formatPercent(shareOf(pool))}{' '}
        <span class="muted">
          {formatCount(pool.peakUsed)} / {formatCount(pool.capacity)}
        </span>
      </span>
    </>
  );
}
