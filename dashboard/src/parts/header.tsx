/** The header: host, its status sign, links to the sections, connection, time zone and theme. */
import type { ConnectionState } from '../state/freshness.js';
import { hostSign } from '../state/host-sign.js';
import { connectionState, eventAgeMs, firingAlertCount, hostName, openIncidentCount, sample } from '../state/live.js';
import { currentRoute } from '../state/navigation.js';
import { INCIDENTS_HREF, OVERVIEW_HREF, SECTIONS, WHAT_IF_HREF, type Section } from '../state/route.js';
import { switchTheme, themeChoice, type ThemeChoice } from '../state/theme.js';
import { formatPlural, formatWholeDuration } from '../words/format.js';
import type { HostSign } from '../words/host-sign.js';
import { BrandSign } from './brand-sign.js';
import { Icon, type IconName } from './icon.js';
import { ZoneButton } from './zone-button.js';
import { SessionMenu } from './session-menu.js';

const SECTION_NAMES: Record<Section, string> = { pools: 'Pools', alerts: 'Alerts', ports: 'Ports', host: 'Host' };

const SIGN_ICONS: Record<HostSign['state'], IconName> = {
  ok: 'check',
  at_risk: 'alert',
  out_of_ports: 'cross',
  unknown: 'question',
};
const CONNECTION_WORDS: Record<ConnectionState, string> = {
  connecting: 'Connecting',
  live: '',
  stale: 'Stale',
  lost: 'Connection lost',
};
const THEME_SIGNS: Record<ThemeChoice, { icon: IconName; text: string }> = {
  system: { icon: 'system', text: 'Theme: as the system' },
  light: { icon: 'sun', text: 'Theme: light' },
  dark: { icon: 'moon', text: 'Theme: dark' },
};

export function Header() {
  return (
    <header class="header">
      <SkipLink />
      <a class="brand" href={OVERVIEW_HREF} onClick={() => scrollTo(0, 0)}>
        <BrandSign size={22} />
        <span class="brand-name">portcast</span>
      </a>
      <span class="host-name" title="This host">
        {hostName.value ?? '…'}
      </span>
      <Sign />
      <nav class="sections" aria-label="Sections">
        {SECTIONS.map((section) => (
          <a key={section} href={`#/${section}`} onClick={() => document.getElementById(section)?.scrollIntoView()}>
            {SECTION_NAMES[section]}
            {section === 'alerts' && <AlertCount />}
          </a>
        ))}
        <IncidentsLink />
        <a href={WHAT_IF_HREF} aria-current={currentRoute.value.view === 'what-if' ? 'page' : undefined}>
          What if
        </a>
      </nav>
      <Connection />
      <ZoneButton />
      <SessionMenu />
      <ThemeButton />
    </header>
  );
}

/** In the header, so that it lies in a landmark. */
function SkipLink() {
  const { view } = currentRoute.value;
  if (view === 'overview') {
    return (
      <a class="skip-link" href="#/pools">
        Skip to the pools
      </a>
    );
  }
  const skip = (event: MouseEvent): void => {
    event.preventDefault();
    document.getElementById('page-title')?.focus();
  };
  return (
    <a class="skip-link" href={location.hash} onClick={skip}>
      Skip to the content
    </a>
  );
}

function IncidentsLink() {
  const { view } = currentRoute.value;
  const open = openIncidentCount.value;
  return (
    <a href={INCIDENTS_HREF} aria-current={view === 'incidents' ? 'page' : undefined}>
      Incidents
      {open > 0 && (
        <span class="count" title={formatPlural(open, 'open incident')}>
          {open}
          <span class="sr-only"> open</span>
        </span>
      )}
    </a>
  );
}

/** The one status sign of the page. A screen reader announces it when it changes. */
function Sign() {
  const { state, word, tone } = hostSign.value;
  return (
    <span class={`badge tone-${tone}`} data-testid="host-sign" data-sign={state} role="status">
      <Icon name={SIGN_ICONS[state]} />
      <span class="sr-only">Host: </span>
      {word}
    </span>
  );
}

function AlertCount() {
  const firing = firingAlertCount.value;
  if (firing === 0) return null;
  return (
    <span class="count" title={`${formatPlural(firing, 'alert')} firing`}>
      {firing}
      <span class="sr-only"> firing</span>
    </span>
  );
}

/**
 * Says nothing while samples come: the sign of the host is then the only one. A screen reader announces the word when it changes.
 * The age beside it changes every second and is not announced.
 */
function Connection() {
  const state = connectionState.value;
  const age = state === 'live' ? null : eventAgeMs.value;
  return (
    <span class={`live live-${state}`} data-testid="live" data-live={state} title={describeSource()}>
      {state !== 'live' && <span class="live-dot" aria-hidden="true" />}
      <span role="status">{CONNECTION_WORDS[state]}</span>
      {age !== null && <span class="live-age">{formatWholeDuration(age)}</span>}
    </span>
  );
}

function describeSource(): string {
  const sampling = sample.value?.status.sampling;
  if (sampling === undefined) return 'No sample yet';
  const age =
    sampling.dumpAgeSeconds === null ? '' : `, ${formatWholeDuration(sampling.dumpAgeSeconds * 1000)} old when sent`;
  return `Socket table of ${formatPlural(sampling.rows, 'row')}, read by ${sampling.source}${age}`;
}

function ThemeButton() {
  const { icon, text } = THEME_SIGNS[themeChoice.value];
  return (
    <button type="button" class="icon-button" onClick={switchTheme} title={text} aria-label={`${text}. Change`}>
      <Icon name={icon} />
    </button>
  );
}
