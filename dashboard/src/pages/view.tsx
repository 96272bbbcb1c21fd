/** The dashboard, or the view that the address asks for. The code of a view is loaded when it is needed. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';
import { App } from '../app.js';
import { currentRoute } from '../state/navigation.js';
import { reloadWhenReachable } from '../state/reload.js';
import type { ViewName, ViewRequest } from '../state/view.js';

type View = ComponentType<{ poolId: string | null }>;

const VIEWS: Readonly<Record<ViewName, () => Promise<View>>> = {
  wall: async () => (await import('./wall/wall.js')).Wall,
  embed: async () => (await import('./embed/embed.js')).Embed,
};

export function ViewOf({ request: { view, poolId } }: { request: ViewRequest }) {
  const [component, setComponent] = useState<{ readonly view: View } | null>(null);
  useEffect(() => {
    // Nobody stands at a wall who could press a button.
    if (view !== null) VIEWS[view]().then((loaded) => setComponent({ view: loaded }), reloadWhenReachable);
  }, [view]);
  // Every view needs the data, so the login page comes before it too.
  if (view === null || currentRoute.value.view === 'login') return <App />;
  return component === null ? <p role="status">Loading…</p> : <component.view poolId={poolId} />;
}
