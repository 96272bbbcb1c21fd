/** The whole page: the header, and below it the overview or the page of the route. */
import { useEffect } from 'preact/hooks';
import { LazyPage } from './pages/lazy-page.js';
import { Overview } from './pages/overview.js';
import { Header } from './parts/header.js';
import { connectionState, hostTime, sample } from './state/live.js';
import { currentRoute } from './state/navigation.js';
import { writeHeadline } from './words/headline.js';

export function App() {
  useEffect(() => scrollToSection(), [currentRoute.value, sample.value === null]);
  useEffect(() => writeTabTitle());
  const connection = connectionState.value;
  const route = currentRoute.value;
  return (
    <div class={`page${connection === 'lost' || connection === 'stale' ? ' is-stale' : ''}`}>
      <Header />
      {route.view === 'overview' ? <Overview /> : <LazyPage route={route} key={route.view} />}
    </div>
  );
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
