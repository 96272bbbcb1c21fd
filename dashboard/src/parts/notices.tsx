/** Notices about portcast itself. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { WireStatus } from '../../../daemon/wire/status.js';
import { isSilent, PATIENCE_MS } from '../state/freshness.js';
import { connectionState, eventAgeMs, hostNowMs, sample } from '../state/live.js';
import { describeUnknownView, parseView } from '../state/view.js';
import { formatWholeDuration, parseInstant } from '../words/format.js';
import { CodeText } from './code-text.js';
import { Icon } from './icon.js';
import { Instant } from './instant.js';

/** What makes the forecast unknown: a lost connection, and a portcast that has no current sample. It stands above the forecast. */
export function Notices() {
  const status = sample.value?.status ?? null;
  return (
    <div class="notices">
      <ConnectionNotice />
      <ViewNotice />
      {status?.health === 'blind' && <Problems status={status} tone="critical" />}
      {status?.health === 'blind' && status.problems.length === 0 && (
        <Notice tone="critical" title="blind">
          portcast has no current sample of the socket table. What this page shows may be out of date.
        </Notice>
      )}
    </div>
  );
}

function Problems({ status, tone }: { status: WireStatus; tone: NoticeProps['tone'] }) {
  return (
    <>
      {status.problems.map((problem) => (
        <Notice key={problem.part} tone={tone} title={problem.part}>
          <CodeText text={problem.message} /> <Since at={problem.since} />
        </Notice>
      ))}
    </>
  );
}

/** About portcast itself. These stand below the forecast, which they do not make unknown. */
export function QuietNotices() {
  const status = sample.value?.status ?? null;
  const isDegraded = status !== null && status.health !== 'ok' && status.health !== 'blind';
  return (
    <div class="quiet-notices">
      {isDegraded && (
        <div class="self-trouble" role="status" data-testid="health" data-health={status.health}>
          <p class="muted">portcast itself is {status.health}. The forecast above goes on.</p>
          <Problems status={status} tone="quiet" />
        </div>
      )}
      {status?.channels.length === 0 && (
        <Notice tone="quiet" title="channels">
          <CodeText text="None is configured, so alerts are only shown here. Set `mail.smtp` and `mail.to`, or another channel." />
        </Notice>
      )}
      <VersionNotice version={status?.version ?? null} />
    </div>
  );
}

interface NoticeProps {
  readonly tone: 'critical' | 'warning' | 'quiet';
  readonly title: string;
  readonly children: ComponentChildren;
}

function Notice({ tone, title, children }: NoticeProps) {
  return (
    <div class={`notice notice-${tone}`} role={tone === 'quiet' ? undefined : 'status'}>
      <span class="notice-sign">
        <Icon name={tone === 'quiet' ? 'info' : 'alert'} />
      </span>
      <strong>{title}</strong>
      <span class="notice-text">{children}</span>
    </div>
  );
}

function Since({ at }: { at: string }) {
  const ms = parseInstant(at);
  if (ms === null) return null;
  return (
    <span class="notice-since">
      since <Instant ms={ms} />
      <span aria-hidden="true"> ({formatWholeDuration(hostNowMs.value - ms)})</span>
    </span>
  );
}

function ConnectionNotice() {
  const openedAt = useRef(hostNowMs.peek());
  const state = connectionState.value;
  const age = eventAgeMs.value;
  if (state === 'connecting' && hostNowMs.value - openedAt.current > PATIENCE_MS) {
    return (
      <Notice tone="warning" title="connection">
        No sample from portcast yet. Retrying.
      </Notice>
    );
  }
  if (age === null || !isSilent(state, age)) return null;
  return (
    <Notice tone="warning" title={state === 'lost' ? 'connection lost' : 'no new samples'}>
      {state === 'lost' ? 'portcast has not answered since ' : 'The connection is open, but no sample came since '}
      <Instant ms={hostNowMs.value - age} />. {state === 'lost' && 'Retrying. '}On the host:{' '}
      <code>systemctl status portcast</code>
    </Notice>
  );
}

/** The address asks for a view that does not exist. */
function ViewNotice() {
  const { unknown } = parseView(location.search);
  if (unknown === null) return null;
  return (
    <Notice tone="warning" title="view">
      {describeUnknownView(unknown)}
    </Notice>
  );
}

/** The daemon was updated while the page was open. The code of the page may not fit the new one. */
function VersionNotice({ version }: { version: string | null }) {
  const first = useRef<string | null>(null);
  first.current ??= version;
  if (version === null || version === first.current) return null;
  return (
    <Notice tone="quiet" title="updated">
      portcast is now {version}.{' '}
      <button type="button" class="link-button" onClick={() => location.reload()}>
        Reload the page
      </button>
    </Notice>
  );
}
