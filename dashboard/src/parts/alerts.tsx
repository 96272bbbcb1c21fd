/** The alerts that are firing or pending, and those that were resolved last. */
import { useEffect, useState } from 'preact/hooks';
import { formatProcesses } from '../../../daemon/wire/process-groups.js';
import type { WireAlert } from '../../../daemon/wire/alert.js';
import { ApiError, fetchResolvedAlerts } from '../state/api.js';
import { hostNowMs, sample, streamCount } from '../state/live.js';
import { buildPoolHref, INCIDENTS_HREF } from '../state/route.js';
import { formatPlural, formatPoolTitle, formatWholeDuration, parseInstant } from '../words/format.js';
import { describeMail } from '../words/mail-note.js';
import type { Tone } from '../words/tone.js';
import { CodeText } from './code-text.js';
import { Icon, type IconName } from './icon.js';
import { Instant } from './instant.js';
import { OutageList } from './outage-list.js';
import { MoreButton } from './more-button.js';
import { Section } from './section.js';

const RESOLVED_AT_FIRST = 5;
/** Of an alert that goes on; the summary of a resolved one has its outages. */
const OUTAGES_SHOWN = 3;

interface SeveritySign {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly rank: number;
}

const SEVERITY_SIGNS: Record<WireAlert['severity'], SeveritySign> = {
  critical: { icon: 'cross', tone: 'critical', rank: 0 },
  warning: { icon: 'alert', tone: 'warning', rank: 1 },
  info: { icon: 'info', tone: 'calm', rank: 2 },
};
const UNKNOWN_SEVERITY: SeveritySign = { icon: 'question', tone: 'unknown', rank: 3 };
/** Every firing alert stands above every pending one. */
const PENDING_RANK = 10;

export function Alerts() {
  const status = sample.value?.status ?? null;
  const active = [...(status?.alerts ?? [])].sort((a, b) => rankAlert(a) - rankAlert(b));
  const firing = active.filter((alert) => alert.state === 'firing').length;
  const { alerts: resolved, error } = useResolvedAlerts(active.map((alert) => alert.id).join());
  const [showsAll, setShowsAll] = useState(false);
  const recent = showsAll ? resolved : resolved.slice(0, RESOLVED_AT_FIRST);
  const open = (status?.incidents as { open: number } | undefined)?.open ?? 0;
  const note = active.length === 0 ? 'none active' : `${firing} firing, ${active.length - firing} pending`;
  return (
    <Section
      id="alerts"
      title="Alerts"
      note={note}
      tools={<a href={INCIDENTS_HREF}>{open === 0 ? 'Incidents' : formatPlural(open, 'open incident')}</a>}
      class={firing > 0 ? 'alerts is-firing' : 'alerts'}
      testId="alerts"
    >
      {active.length > 0 && (
        <ul class="alert-list">
          {active.map((alert) => (
            <AlertItem
              key={alert.id}
              alert={alert}
              mail={describeMail(
                alert,
                active,
                (status?.channels ?? []).map(({ name }) => name),
              )}
            />
          ))}
        </ul>
      )}
      <h3 class="recent-title">Recent</h3>
      {error !== null && <p class="muted">The resolved alerts could not be read: {error}</p>}
      {error === null && recent.length === 0 && <p class="muted">No alert has been resolved yet.</p>}
      <ul class="alert-list is-recent">
        {recent.map((alert) => (
          <RecentItem key={alert.id} alert={alert} />
        ))}
      </ul>
      <MoreButton count={resolved.length} limit={RESOLVED_AT_FIRST} showsAll={showsAll} onShowAll={setShowsAll} />
    </Section>
  );
}

interface ResolvedAlerts {
  /** The last good answer. */
  readonly alerts: readonly WireAlert[];
  /** Why the last request failed; null where it did not. */
  readonly error: string | null;
}

/** Requests the resolved alerts whenever the set of active ones changes: only then can an alert have been resolved. */
function useResolvedAlerts(activeIds: string): ResolvedAlerts {
  const [resolved, setResolved] = useState<ResolvedAlerts>({ alerts: [], error: null });
  const stream = streamCount.value;
  useEffect(() => {
    const abort = new AbortController();
    fetchResolvedAlerts(abort.signal).then(
      (alerts) => setResolved({ alerts, error: null }),
      (failure: unknown) => {
        if (abort.signal.aborted) return;
        const error = failure instanceof ApiError ? failure.message : String(failure);
        setResolved((previous) => ({ alerts: previous.alerts, error }));
      },
    );
    return () => abort.abort();
  }, [activeIds, stream]);
  return resolved;
}

/** A newer daemon may send a severity that this page does not have. */
function chooseSign(alert: WireAlert): SeveritySign {
  const sign = SEVERITY_SIGNS[alert.severity] as SeveritySign | undefined;
  return sign ?? UNKNOWN_SEVERITY;
}

function rankAlert(alert: WireAlert): number {
  return chooseSign(alert).rank + (alert.state === 'firing' ? 0 : PENDING_RANK);
}

function AlertItem({ alert, mail }: { alert: WireAlert; mail: string }) {
  const { icon, tone } = chooseSign(alert);
  const since = parseInstant(alert.firingAt ?? alert.pendingAt);
  return (
    <li class={`alert tone-${tone} is-${alert.state}`}>
      <p class="alert-head">
        <span class={`badge tone-${tone}`}>
          <Icon name={icon} />
          {alert.severity}
        </span>
        <strong>{alert.rule}</strong>
        <span class="muted">
          {alert.state}
          {since !== null && (
            <>
              {' since '}
              <Instant ms={since} />
              <span aria-hidden="true"> ({formatWholeDuration(hostNowMs.value - since)})</span>
            </>
          )}
        </span>
      </p>
      <p class="alert-summary">{alert.summary}</p>
      <OutageList outages={alert.outages} kind={alert.pool?.kind ?? null} limit={OUTAGES_SHOWN} />
      <p class="alert-foot muted">
        <PoolLink alert={alert} />
        {alert.processes.length > 0 && `Held by ${formatProcesses(alert.processes)} · `}
        <CodeText text={mail} />
      </p>
    </li>
  );
}

function RecentItem({ alert }: { alert: WireAlert }) {
  const started = parseInstant(alert.firingAt ?? alert.pendingAt);
  const ended = parseInstant(alert.resolvedAt);
  return (
    <li class="alert is-resolved">
      <p class="alert-head">
        <span class="badge tone-unknown">
          <Icon name="check" />
          {alert.rule}
        </span>
        <span class="muted">
          {ended !== null && <Instant ms={ended} />}
          {started !== null && ended !== null && `, after ${formatWholeDuration(ended - started)}`}
        </span>
      </p>
      <p class="alert-summary muted">
        <PoolLink alert={alert} />
        {alert.summary}
      </p>
    </li>
  );
}

function PoolLink({ alert }: { alert: WireAlert }) {
  if (alert.poolId === null) return null;
  return (
    <>
      <a href={buildPoolHref(alert.poolId)}>{alert.pool === null ? alert.poolId : formatPoolTitle(alert.pool)}</a>
      {' · '}
    </>
  );
}
