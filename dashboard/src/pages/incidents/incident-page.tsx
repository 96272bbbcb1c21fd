/** The page of one incident. */
import { SECOND_MS } from '../../../../daemon/units.js';
import { IncidentChanges } from '../../parts/changes/incident-changes.js';
import { PoolAdvice } from '../../parts/advice/pool-advice.js';
import { IncidentAlerts } from '../../parts/incident/incident-alerts.js';
import { IncidentCard } from '../../parts/incident/incident-card.js';
import { IncidentChart } from '../../parts/incident/incident-chart.js';
import { IncidentDecisions } from '../../parts/incident/incident-decisions.js';
import { IncidentDeliveries } from '../../parts/incident/incident-deliveries.js';
import { IncidentPools } from '../../parts/incident/incident-pools.js';
import { IncidentTimeline } from '../../parts/incident/incident-timeline.js';
import { PageHead } from '../../parts/page-head.js';
import { Section } from '../../parts/section.js';
import { fetchIncident, fetchOutages, fetchSilences } from '../../state/incident-api.js';
import type { IncidentDetails } from '../../state/incident-types.js';
import { sample } from '../../state/live.js';
import { buildWhatIfHref, INCIDENTS_HREF } from '../../state/route.js';
import { usePoll } from '../../state/use-poll.js';
import { selectOutages } from '../../words/forecast-check.js';
import { formatPlural } from '../../words/format.js';
import { nameAuthor, writeIncidentHeadline } from '../../words/incident.js';

const NOT_FOUND = 404;
const REFRESH_MS = 5 * SECOND_MS;

const BACK = (
  <p class="back">
    <a href={INCIDENTS_HREF}>All incidents</a>
  </p>
);

export function IncidentPage({ id }: { id: string }) {
  // What changes in an incident comes with a change of its alerts.
  const trigger = sample.value?.status.alerts.map((alert) => `${alert.id} ${alert.state}`).join();
  const load = usePoll({ key: id, request: (signal) => fetchIncident(id, signal), everyMs: REFRESH_MS, trigger });
  const incident = load.value;
  if (incident === null) {
    return (
      <>
        <PageHead title={load.error === null ? 'Incident' : 'No incident to show'} above={BACK} />
        {load.error === null ? (
          <div class="card incident-skeleton skeleton" role="status" aria-label="Loading the incident" />
        ) : (
          <p role="status">
            {load.error.status === NOT_FOUND
              ? 'Nothing is stored under this address: incidents that are over are deleted after some time.'
              : `The incident could not be read: ${load.error.message}. Retrying.`}
          </p>
        )}
      </>
    );
  }
  return <Content incident={incident} stale={load.error?.message ?? null} onChanged={load.reload} />;
}

interface ContentProps {
  readonly incident: IncidentDetails;
  /** Why the newest answer is missing; null where it is not. */
  readonly stale: string | null;
  readonly onChanged: () => void;
}

function Content({ incident, stale, onChanged }: ContentProps) {
  const everyMs = REFRESH_MS;
  const outageLoad = usePoll({ key: 'outages', request: fetchOutages, everyMs, trigger: incident.state });
  const silenceLoad = usePoll({ key: 'silences', request: fetchSilences, everyMs, trigger: incident.silencedBy });
  const outages = outageLoad.value === null ? null : selectOutages(incident, outageLoad.value);
  const lead = findLeadPool(incident);
  const headline = writeIncidentHeadline(incident, outages ?? []);
  const { pools } = incident;
  const changed = (): void => {
    onChanged();
    silenceLoad.reload();
  };
  return (
    <>
      <PageHead title={headline} above={BACK} />
      <p>
        <a href={buildWhatIfHref('incident', incident.id)}>What if?</a>
      </p>
      <p class="sr-only" role="status">
        {describeState(incident)}
      </p>
      {stale !== null && (
        <p class="is-error" role="status">
          The newest state could not be read: {stale}. Retrying.
        </p>
      )}
      <div class="incident-grid">
        <div class="incident-main">
          <IncidentCard incident={incident} outages={outages ?? []} silences={silenceLoad.value} onChanged={changed} />
          {lead !== null && (
            <Section id="use" title={`Ports to ${lead.name}`}>
              <IncidentChart
                key={lead.id}
                incident={incident}
                pool={lead}
                outages={outages?.filter(({ poolId }) => poolId === lead.id) ?? []}
              />
            </Section>
          )}
          {lead !== null && incident.state !== 'resolved' && <PoolAdvice id={lead.id} />}
          {pools.length > 0 && (
            <Section id="incident-pools" title="Forecast and outcome" note={formatPlural(pools.length, 'pool')}>
              <IncidentPools incident={incident} outages={outages} />
            </Section>
          )}
        </div>
        <Section id="timeline" title="Time line" class="incident-side">
          <IncidentTimeline incident={incident} outages={outages ?? []} />
        </Section>
      </div>
      <Records incident={incident} />
    </>
  );
}

/** What was decided, sent and raised. */
function Records({ incident }: { incident: IncidentDetails }) {
  const { deliveries, alertCount } = incident;
  return (
    <>
      <IncidentChanges changes={incident.changes} poolIds={incident.pools.map(({ id }) => id)} />
      <Section id="decisions" title="Why told, why not">
        <IncidentDecisions incident={incident} />
      </Section>
      {deliveries !== undefined && (
        <Section id="deliveries" title="Messages" note={formatPlural(deliveries.length, 'message')}>
          <IncidentDeliveries deliveries={deliveries} />
        </Section>
      )}
      <Section id="incident-alerts" title="Alerts" note={formatPlural(alertCount, 'alert')}>
        <IncidentAlerts incident={incident} />
      </Section>
    </>
  );
}

/** The pool of the alert by which the incident is told. */
function findLeadPool({ alerts, leadAlertId, pools }: IncidentDetails) {
  const poolId = alerts.find(({ id }) => id === leadAlertId)?.poolId;
  return pools.find(({ id }) => id === poolId) ?? pools[0] ?? null;
}

/** For screen readers, which announce it when it changes. */
function describeState({ state, severity, acknowledgement, silencedBy, decisions }: IncidentDetails): string {
  const acknowledged = acknowledgement == null ? '' : `, acknowledged by ${nameAuthor(acknowledgement.author)}`;
  const silenced = silencedBy == null ? '' : ', silenced';
  return `Incident ${state}, ${severity}${acknowledged}${silenced}, ${formatPlural(decisions.length, 'decision')}`;
}
