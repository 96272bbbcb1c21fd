/** The panel beside the page that holds the history of one pool or port. The page behind stays usable. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { currentRoute, navigateTo } from '../state/navigation.js';
import { Icon } from './icon.js';
import { PoolHistory } from '../pages/pool-history.js';
import { PortHistory } from '../pages/port-history.js';

export function Detail() {
  const route = currentRoute.value;
  if (route.view === 'pool') {
    return (
      <Panel testId="pool-history">
        <PoolHistory id={route.id} key={route.id} />
      </Panel>
    );
  }
  if (route.view === 'port') {
    return (
      <Panel testId="port-history">
        <PortHistory id={route.id} key={route.id} />
      </Panel>
    );
  }
  return null;
}

function Panel({ testId, children }: { testId: string; children: ComponentChildren }) {
  const panel = useRef<HTMLElement>(null);
  // Before it is painted: an Escape pressed at first sight must not be lost.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') navigateTo('#/');
    };
    document.addEventListener('keydown', onKey);
    return () => {
      document.removeEventListener('keydown', onKey);
      if (opener instanceof HTMLElement && opener.isConnected) opener.focus({ preventScroll: true });
    };
  }, []);
  return (
    <aside class="panel" ref={panel} tabIndex={-1} aria-labelledby="panel-title" data-testid={testId}>
      <button
        type="button"
        class="icon-button panel-close"
        onClick={() => navigateTo('#/')}
        aria-label="Close the history (Escape)"
      >
        <Icon name="cross" />
      </button>
      {children}
    </aside>
  );
}
