/** The alerts of an incident, the newest first. */
import { useState } from 'preact/hooks';
import type { Incident } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { formatCount } from '../../../../daemon/units.js';
import { formatWholeDuration, parseInstant } from '../../words/format.js';
import { chooseSeveritySign } from '../../words/incident.js';
import { DataTable } from '../data-table.js';
import { Instant } from '../instant.js';
import { MoreButton } from '../more-button.js';
import { SignBadge } from '../sign-badge.js';

const AT_FIRST = 10;
const COLUMNS = ['Rule', 'Severity', 'Destination', 'Fired', 'Over'];

export function IncidentAlerts({ incident }: { incident: Incident }) {
  const [showsAll, setShowsAll] = useState(false);
  const alerts = [...incident.alerts].reverse();
  const names = new Map<string | null, string>(incident.pools.map(({ id, name }) => [id, name]));
  const rows = (showsAll ? alerts : alerts.slice(0, AT_FIRST)).map((alert) => {
    const [firingMs, resolvedMs] = [parseInstant(alert.firingAt) ?? 0, parseInstant(alert.resolvedAt)];
    const cells = [
      <strong>{alert.rule}</strong>,
      <SignBadge sign={chooseSeveritySign(alert.severity)} />,
      <span class="breakable">{names.get(alert.poolId) ?? alert.poolId ?? 'the host'}</span>,
      <Instant ms={firingMs} />,
      resolvedMs === null ? (
        `fires for ${formatWholeDuration(hostNowMs.value - firingMs)}`
      ) : (
        <>
          <Instant ms={resolvedMs} /> <span class="muted">after {formatWholeDuration(resolvedMs - firingMs)}</span>
        </>
      ),
    ];
    return { key: alert.id, cells };
  });
  const unlisted = incident.alertCount - alerts.length;
  return (
    <>
      <DataTable caption="Alerts of the incident" columns={COLUMNS} rows={rows} testId="incident-alerts" />
      <MoreButton count={alerts.length} limit={AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
      {unlisted > 0 && <p class="muted">{formatCount(unlisted)} older alerts are counted and no longer listed.</p>}
    </>
  );
}
