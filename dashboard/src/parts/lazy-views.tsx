/** The pages of incidents, whose code is loaded when it is first needed. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import type { Route } from '../state/route.js';

type Views = ComponentType<{ route: Route }>;

export function LazyIncidentViews({ route }: { route: Route }) {
  const [views, setViews] = useState<{ readonly component: Views | null; readonly failed: boolean }>({
    component: null,
    failed: false,
  });
  useEffect(() => {
    import('../pages/incident-views.js').then(
      ({ IncidentViews }) => setViews({ component: IncidentViews, failed: false }),
      () => setViews({ component: null, failed: true }),
    );
  }, []);
  const { component: Component, failed } = views;
  if (Component !== null) return <Component route={route} />;
  return (
    <main>
      <h1 class="sr-only">Incidents</h1>
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
