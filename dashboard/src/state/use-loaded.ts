/** Code of the page that is loaded when it is first needed. */
import type { ComponentType } from 'preact';
import { useEffect, useState } from 'preact/hooks';

interface Loaded<P> {
  /** Null until it is there. */
  readonly component: ComponentType<P> | null;
  readonly failed: boolean;
}

/** @param load always the same function for one component */
export function useLoaded<P>(load: () => Promise<ComponentType<P>>, isNeeded = true): Loaded<P> {
  const [loaded, setLoaded] = useState<Loaded<P>>({ component: null, failed: false });
  useEffect(() => {
    if (!isNeeded) return;
    load().then(
      (component) => setLoaded({ component, failed: false }),
      () => setLoaded({ component: null, failed: true }),
    );
  }, [isNeeded]);
  return loaded;
}
