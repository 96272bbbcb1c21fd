/** The whole page: header, then the overview with the panel of a history where the route has one, or the pages of incidents. */
import { useEffect } from 'preact/hooks';
import { PoolHistory } from './pages/pool-history.js';
import { PortHistory } from './pages/port-history.js';
import { Overview } from './pages/overview.js';
import { Header } from './parts/header.js';
import { LazyIncidentViews } from './parts/lazy-views.js';
import { SidePanel } from './parts/side-panel.js';
import { connectionState, hostTime, sample } from './state/live.js';
import { currentRoute } from './state/navigation.js';
import { writeHeadline } from './words/headline.js';

export function App() {
  useEffect(() => scrollToSection(), [currentRoute.value, sample.value === null]);
  useEffect(() => writeTabTitle());
  const connection = connectionState.value;
  return (
    <div class={`page${connection === 'lost' || connection === 'stale' ? ' is-stale' : ''}`}>
      <Header />
      <Main />
      <History />
    </div>
  );
}

function Main() {
  const route = currentRoute.value;
  return route.view === 'incident' || route.view === 'incidents' ? <LazyIncidentViews route={route} /> : <Overview />;
}

/** The key makes another id another page, with its own state. */
function History() {
  const route = currentRoute.value;
  switch (route.view) {
    case 'pool':
      return (
        <SidePanel testId="pool-history">
          <PoolHistory id={route.id} key={route.id} />
        </SidePanel>
      );
    case 'port':
      return (
        <SidePanel testId="port-history">
          <PortHistory id={route.id} key={route.id} />
        </SidePanel>
      );
    case 'overview':
    case 'incident':
    case 'incidents':
      return null;
  }
}

function scrollToSection(): void {
  const route = currentRoute.value;
  if (route.view !== 'overview' || route.section === null) return;
  document.getElementById(route.section)?.scrollIntoView();
}

/** The title of the tab warns too, since an operator has many tabs open. */
function writeTabTitle(): void {
  const current = sample.value;
  if (current === null) return;
  const { host, health } = current.status;
  const pool = current.pools[0];
  const headline = pool === undefined ? null : writeHeadline(pool, hostTime.value);
  const warns = headline !== null && (headline.tone === 'critical' || headline.tone === 'warning');
  const warning = warns ? `${headline.text} · ` : '';
  document.title = `${health === 'ok' ? '' : `[${health}] `}${warning}${host.name} · portcast`;
}
