/** The head of a page of its own: its title takes the focus when the viewer comes from another page. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { hostNowMs } from '../state/live.js';
import { countNavigations } from '../state/navigation.js';
import { switchZone, zoneChoice } from '../state/zone.js';
import { formatZone } from '../words/zone.js';

interface PageHeadProps {
  readonly title: string;
  /** Above the title: where the page belongs. */
  readonly above?: ComponentChildren;
}

export function PageHead({ title, above }: PageHeadProps) {
  const zone = formatZone(hostNowMs.value);
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (countNavigations() === 0) return;
    scrollTo({ top: 0, behavior: 'instant' });
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="page-head">
      {above}
      <h1 ref={heading} id="page-title" tabIndex={-1}>
        {title}
      </h1>
      <p class="muted zone">
        Times in {zone}
        {(zoneChoice.value === 'utc' || zone !== 'UTC') && (
          <>
            .{' '}
            <button type="button" class="link-button" aria-keyshortcuts="u" onClick={switchZone}>
              {zoneChoice.value === 'utc' ? 'Show the time of this browser' : 'Show UTC'}
            </button>{' '}
            <span aria-hidden="true">(key u)</span>
          </>
        )}
      </p>
    </div>
  );
}
