/** The page of a route. Its code is loaded when it is first needed. */
import { useEffect, useState } from 'preact/hooks';
import { sample } from '../state/live.js';
import type { PageRoute } from '../state/route.js';
import { PAGES, type Page } from './page-list.js';

/** Needs a key by page: what was loaded for one page is not that of another. */
export function LazyPage({ route }: { route: PageRoute }) {
  const { title, load } = PAGES[route.view];
  const [page, setPage] = useState<{ readonly component: Page | null; readonly failed: boolean }>({
    component: null,
    failed: false,
  });
  useEffect(() => {
    load().then(
      (component) => setPage({ component, failed: false }),
      () => setPage({ component: null, failed: true }),
    );
  }, []);
  const { component: Component, failed } = page;
  /*
   * The page is rendered anew with each sample. As long as a parent keeps the element that it first made, Preact keeps all
   * that was rendered below it since: a page whose parts only render themselves would use more memory with every update.
   */
  const sampledAt = sample.value?.status.host.sampledAt ?? null;
  if (Component !== null) return <Component route={route} sampledAt={sampledAt} />;
  return (
    <main>
      <h1 class="sr-only">{title}</h1>
      <p role="status">
        {failed ? 'This page could not be loaded. portcast was updated, or does not answer. ' : 'Loading…'}
        {failed && (
          <button type="button" class="link-button" onClick={() => location.reload()}>
            Reload
          </button>
        )}
      </p>
    </main>
  );
}
