/** The panel beside the overview. The overview behind it stays usable. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { navigateTo } from '../state/navigation.js';
import { OVERVIEW_HREF } from '../state/route.js';
import { Icon } from './icon.js';

/** Takes the focus and gives it back when it closes; Escape closes it. The content has the id `panel-title`. */
export function SidePanel({ testId, children }: { testId: string; children: ComponentChildren }) {
  const panel = useRef<HTMLElement>(null);
  // A layout effect runs before the panel is painted, so that an Escape pressed at first sight is not lost.
  useLayoutEffect(() => {
    const opener = document.activeElement;
    panel.current?.focus({ preventScroll: true });
    const onKey = (event: KeyboardEvent): void => {
      if (event.key === 'Escape') navigateTo(OVERVIEW_HREF);
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
        onClick={() => navigateTo(OVERVIEW_HREF)}
        aria-label="Close the history (Escape)"
      >
        <Icon name="cross" />
      </button>
      {children}
    </aside>
  );
}
