/** The page from top to bottom. */
import { useEffect } from 'preact/hooks';
import { hostNowMs, connectionState, sample } from './state/live.js';
import { currentRoute } from './state/navigation.js';
import { writeHeadline } from './words/headline.js';
import { Alerts } from './parts/alerts.js';
import { Detail } from './parts/side-panel.js';
import { Header } from './parts/header.js';
import { HostLimits } from './parts/host-limits.js';
import { Notices, QuietNotices } from './parts/notices.js';
import { Pools } from './parts/pools.js';
import { Ports } from './parts/ports.js';
import { Score } from './parts/score.js';
import { WorstPool } from './parts/worst-pool.js';

export function App() {
  useEffect(() => scrollToSection(), [currentRoute.value, sample.value === null]);
  useEffect(() => nameTheTab());
  const live = connectionState.value;
  return (
    <div class={`page${live === 'lost' || live === 'stale' ? ' is-stale' : ''}`}>
      <a class="skip-link" href="#/pools">
        Skip to the pools
      </a>
      <Header />
      <main>
        <h1 class="sr-only">TCP port forecast</h1>
        <Notices />
        {sample.value === null ? <FirstWait /> : <Sections />}
      </main>
      <Detail />
    </div>
  );
}

function Sections() {
  return (
    <>
      <WorstPool />
      <QuietNotices />
      <div class="lists">
        <Pools />
        <Alerts />
        <Ports />
      </div>
      <Score />
      <HostLimits />
    </>
  );
}

/** Before the first sample: the outline of what will come, so that nothing jumps when it does. */
function FirstWait() {
  return (
    <section class="card first-wait" aria-busy="true">
      <p class="headline">Waiting for the first sample</p>
      <p class="muted">The page fills by itself as soon as portcast has read the socket table.</p>
      <div class="skeleton" aria-hidden="true" />
    </section>
  );
}

function scrollToSection(): void {
  const route = currentRoute.value;
  if (route.view !== 'overview' || route.section === null) return;
  document.getElementById(route.section)?.scrollIntoView();
}

/** The tab tells the story too: an operator has many of them. */
function nameTheTab(): void {
  const current = sample.value;
  if (current === null) return;
  const { host, health } = current.status;
  const pool = current.pools[0];
  const story = pool === undefined ? null : writeHeadline(pool, hostNowMs.value);
  const alarm = story !== null && (story.tone === 'critical' || story.tone === 'warning') ? `${story.text} · ` : '';
  document.title = `${health === 'ok' ? '' : `[${health}] `}${alarm}${host.name} · portcast`;
}
