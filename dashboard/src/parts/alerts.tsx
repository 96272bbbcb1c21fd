/** Alerts: what is firing or pending now, and what was lately resolved. */
import { signal } from '@preact/signals';
import { useEffect, useState } from 'preact/hooks';
import type { WireAlert } from '../../../daemon/wire/alert.js';
import { ApiError, fetchResolvedAlerts } from '../state/api.js';
import { parseInstant, formatPoolTitle, formatWholeDuration } from '../words/format.js';
import { hostNowMs, sample, streamCount } from '../state/live.js';
import { poolHref } from '../state/route.js';
import type { Tone } from '../words/headline.js';
import { Icon, type IconName } from './icon.js';
import { Instant, More, Section } from './parts.js';

const resolved = signal<readonly WireAlert[]>([]);
const FEW = 5;

export function Alerts() {
  const status = sample.value?.status ?? null;
  const active = [...(status?.alerts ?? [])].sort((a, b) => rank(a) - rank(b));
  const firing = active.filter((alert) => alert.state === 'firing').length;
  const error = useResolved(active.map((alert) => alert.id).join());
  const [all, setAll] = useState(false);
  const recent = all ? resolved.value : resolved.value.slice(0, FEW);
  const note = active.length === 0 ? 'none active' : `${firing} firing, ${active.length - firing} pending`;
  return (
    <Section id="alerts" title="Alerts" note={note} class={firing > 0 ? 'alerts is-firing' : 'alerts'} testId="alerts">
      {active.length > 0 && (
        <ul class="alert-list">
          {active.map((alert) => (
            <AlertItem key={alert.id} alert={alert} mailConfigured={status?.mail.configured ?? false} />
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
      <More count={resolved.value.length} few={FEW} all={all} onAll={setAll} />
    </Section>
  );
}

/** Asked for again whenever the set of active alerts changes: only then can one have been resolved. */
function useResolved(activeIds: string): string | null {
  const [error, setError] = useState<string | null>(null);
  const stream = streamCount.value;
  useEffect(() => {
    const abort = new AbortController();
    fetchResolvedAlerts(abort.signal).then(
      (alerts) => {
        resolved.value = alerts;
        setError(null);
      },
      (failure: unknown) => {
        if (!abort.signal.aborted) setError(failure instanceof ApiError ? failure.message : String(failure));
      },
    );
    return () => abort.abort();
  }, [activeIds, stream]);
  return error;
}

const SEVERITY: Record<WireAlert['severity'], { sign: IconName; tone: Tone; rank: number }> = {
  critical: { sign: 'cross', tone: 'critical', rank: 0 },
  warning: { sign: 'alert', tone: 'warning', rank: 1 },
  info: { sign: 'info', tone: 'calm', rank: 2 },
};

function severityOf(alert: WireAlert): { sign: IconName; tone: Tone; rank: number } {
  const known = SEVERITY[alert.severity] as (typeof SEVERITY)[WireAlert['severity']] | undefined;
  return known ?? { sign: 'question', tone: 'unknown', rank: 3 };
}

function rank(alert: WireAlert): number {
  return severityOf(alert).rank + (alert.state === 'firing' ? 0 : 10);
}

/** A rule may be set not to mail, or be held back by a graver alert of the same pool: the alert itself only says that. */
function mailNote(alert: WireAlert, mailConfigured: boolean): string {
  if (!alert.mail) return 'not mailed: by its setting, or a graver alert speaks for the pool';
  return mailConfigured ? 'by mail' : 'would be mailed: no SMTP server set';
}

function AlertItem({ alert, mailConfigured }: { alert: WireAlert; mailConfigured: boolean }) {
  const { sign, tone } = severityOf(alert);
  const since = parseInstant(alert.firingAt ?? alert.pendingAt);
  const mail = mailNote(alert, mailConfigured);
  return (
    <li class={`alert tone-${tone} is-${alert.state}`}>
      <p class="alert-head">
        <span class={`badge tone-${tone}`}>
          <Icon name={sign} />
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
      <p class="alert-foot muted">
        <PoolLink alert={alert} />
        {alert.processes.length > 0 &&
          `held by ${alert.processes.map(({ name, pid }) => `${name} (${pid})`).join(', ')} · `}
        {mail}
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
      <a href={poolHref(alert.poolId)}>{alert.pool === null ? alert.poolId : formatPoolTitle(alert.pool)}</a>
      {' · '}
    </>
  );
}
