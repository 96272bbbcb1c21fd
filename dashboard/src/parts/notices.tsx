/** What the operator must know before reading anything else, and what is only good to know. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import { epoch, wholeDuration } from '../words/format.js';
import { hostNowMs, liveness, sample, sampleAgeMs } from '../state/live.js';
import { Icon } from './icon.js';
import { Instant } from './parts.js';

export function Notices() {
  const status = sample.value?.status ?? null;
  return (
    <div class="notices">
      <ConnectionNotice />
      {status?.problems.map((problem) => (
        <Notice key={problem.part} tone={status.health === 'blind' ? 'critical' : 'warning'} title={problem.part}>
          {problem.message} <Since at={problem.since} />
        </Notice>
      ))}
      {status?.health === 'blind' && status.problems.length === 0 && (
        <Notice tone="critical" title="blind">
          portcast has no good sample of the socket table: nothing here can be trusted to be current.
        </Notice>
      )}
    </div>
  );
}

/** What is good to know but no trouble: it stands below the story, not before it. */
export function QuietNotices() {
  const status = sample.value?.status ?? null;
  return (
    <div class="quiet-notices">
      {status !== null && status.sampling.slowedBecause !== null && (
        <Notice tone="quiet" title="sampling">
          Full reads of the table come more rarely: {status.sampling.slowedBecause}
        </Notice>
      )}
      {status?.mail.configured === false && (
        <Notice tone="quiet" title="mail">
          Not configured: alerts are shown here and nobody is mailed. Set an SMTP server and recipients.
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
  const ms = epoch(at);
  if (ms === null) return null;
  return (
    <span class="notice-since">
      since <Instant ms={ms} />
      <span aria-hidden="true"> ({wholeDuration(hostNowMs.value - ms)})</span>
    </span>
  );
}

/** A restart of the daemon is over sooner; the sign in the header shows it at once, the page need not jump for it. */
const PATIENCE_MS = 5_000;

function ConnectionNotice() {
  const openedAt = useRef(hostNowMs.peek());
  const state = liveness.value;
  const age = sampleAgeMs.value;
  if (state === 'connecting' && hostNowMs.value - openedAt.current > PATIENCE_MS) {
    return (
      <Notice tone="warning" title="connection">
        No sample has come from portcast yet. The page keeps trying.
      </Notice>
    );
  }
  if (age === null || age < PATIENCE_MS || (state !== 'lost' && state !== 'stale')) return null;
  return (
    <Notice tone="warning" title={state === 'lost' ? 'connection lost' : 'no new samples'}>
      What you see was true at <Instant ms={hostNowMs.value - age} />
      <span aria-hidden="true">, {wholeDuration(age)} ago</span>. The page keeps trying.
    </Notice>
  );
}

/** The daemon was updated under an open page: its own code may no longer fit. */
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
