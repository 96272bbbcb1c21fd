/** The whole page: the header, and below it the overview or the page of the route. */
import { LazyPage } from './pages/lazy-page.js';
import { Overview } from './pages/overview.js';
import { Announcer } from './parts/announcer.js';
import { Header } from './parts/header.js';
import { PrintHead } from './parts/print-head.js';
import { isPageStale } from './state/host-sign.js';
import { currentRoute } from './state/navigation.js';

export function App() {
  const route = currentRoute.value;
  return (
    <div class={`page${isPageStale.value ? ' is-stale' : ''}`}>
      <PrintHead />
      {route.view !== 'login' && <Header />}
      <Announcer />
      {route.view === 'overview' ? <Overview /> : <LazyPage route={route} key={route.view} />}
    </div>
  );
}
