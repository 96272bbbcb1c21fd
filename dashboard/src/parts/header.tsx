/** Host, health, connection, and the way to the sections. */
import { formatPlural, formatWholeDuration } from '../words/format.js';
import { connectionState, sample, sampleAgeMs } from '../state/live.js';
import { SECTIONS, type Section } from '../state/route.js';
import { nextTheme, themeChoice, type ThemeChoice } from '../state/theme.js';
import type { ConnectionState } from '../state/connection.js';
import { Icon, type IconName } from './icon.js';
import type { WireStatus } from '../../../daemon/wire/status.js';

const SECTION_NAMES: Record<Section, string> = { pools: 'Pools', alerts: 'Alerts', ports: 'Ports', host: 'Host' };

export function Header() {
  const status = sample.value?.status ?? null;
  return (
    <header class="header">
      <a class="brand" href="#/" onClick={() => scrollTo(0, 0)}>
        <img src="./favicon.svg" alt="" width="22" height="22" />
        <span class="brand-name">portcast</span>
      </a>
      <span class="host-name" title="This host">
        {status?.host.name ?? '…'}
      </span>
      {status !== null && <Health status={status} />}
      <nav class="sections" aria-label="Sections">
        {SECTIONS.map((section) => (
          <a key={section} href={`#/${section}`} onClick={() => document.getElementById(section)?.scrollIntoView()}>
            {SECTION_NAMES[section]}
            {section === 'alerts' && <AlertCount status={status} />}
          </a>
        ))}
      </nav>
      <Live />
      <ThemeButton />
    </header>
  );
}

const HEALTH: Record<WireStatus['health'], { sign: IconName; tone: string; text: string }> = {
  ok: { sign: 'check', tone: 'calm', text: 'ok' },
  degraded: { sign: 'alert', tone: 'warning', text: 'degraded' },
  blind: { sign: 'cross', tone: 'critical', text: 'blind' },
};

function Health({ status }: { status: WireStatus }) {
  const known = HEALTH[status.health] as (typeof HEALTH)[WireStatus['health']] | undefined;
  const title =
    status.problems.length === 0
      ? 'portcast sees no problem with itself'
      : formatPlural(status.problems.length, 'problem');
  return (
    <span
      class={`badge tone-${known?.tone ?? 'unknown'}`}
      data-testid="health"
      data-health={status.health}
      title={title}
    >
      <Icon name={known?.sign ?? 'question'} />
      <span class="sr-only">Health: </span> {known?.text ?? status.health}
    </span>
  );
}

function AlertCount({ status }: { status: WireStatus | null }) {
  const firing = status?.alerts.filter((alert) => alert.state === 'firing').length ?? 0;
  if (firing === 0) return null;
  return (
    <span class="count" title={`${formatPlural(firing, 'alert')} firing`}>
      {firing}
      <span class="sr-only"> firing</span>
    </span>
  );
}

const LIVE_WORDS: Record<ConnectionState, string> = {
  connecting: 'Connecting',
  live: 'Live',
  stale: 'Stale',
  lost: 'Connection lost',
};

/** The word is announced when it changes; the age beside it ticks in silence. */
function Live() {
  const state = connectionState.value;
  const age = sampleAgeMs.value;
  return (
    <span class={`live live-${state}`} data-testid="live" data-live={state} title={readTitle()}>
      <span class="live-dot" aria-hidden="true" />
      <span role="status">{LIVE_WORDS[state]}</span>
      {age !== null && state !== 'live' && <span class="live-age">{formatWholeDuration(age)}</span>}
    </span>
  );
}

function readTitle(): string {
  const sampling = sample.value?.status.sampling;
  if (sampling === undefined) return 'No sample yet';
  const age =
    sampling.dumpAgeSeconds === null ? '' : `, ${formatWholeDuration(sampling.dumpAgeSeconds * 1000)} old when sent`;
  return `Socket table of ${formatPlural(sampling.rows, 'row')} by ${sampling.source}${age}`;
}

const THEME_SIGNS: Record<ThemeChoice, { sign: IconName; text: string }> = {
  system: { sign: 'system', text: 'Theme: as the system' },
  light: { sign: 'sun', text: 'Theme: light' },
  dark: { sign: 'moon', text: 'Theme: dark' },
};

function ThemeButton() {
  const { sign, text } = THEME_SIGNS[themeChoice.value];
  return (
    <button type="button" class="icon-button" onClick={nextTheme} title={text} aria-label={`${text}. Change`}>
      <Icon name={sign} />
    </button>
  );
}
