/** The page of a route. Its code is loaded when it is first needed. */
import { LoadFailed } from '../parts/load-failed.js';
import { sample } from '../state/live.js';
import type { PageRoute } from '../state/route.js';
import { useLoaded } from '../state/use-loaded.js';
import { PAGES } from './page-list.js';

/** Needs a key by page: what was loaded for one page is not that of another. */
export function LazyPage({ route }: { route: PageRoute }) {
  const { title, load } = PAGES[route.view];
  const { component: Component, failed } = useLoaded(load);
  /*
   * The page is rendered anew with each sample. As long as a parent keeps the element that it first made, Preact keeps all
   * that was rendered below it since: a page whose parts only render themselves would use more memory with every update.
   */
  const sampledAt = sample.value?.status.host.sampledAt ?? null;
  if (Component !== null) return <Component route={route} sampledAt={sampledAt} />;
  return (
    <main>
      <h1 class="sr-only">{title}</h1>
      {failed ? <LoadFailed what="This page" /> : <p role="status">Loading…</p>}
    </main>
  );
}
