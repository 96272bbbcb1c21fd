/** The overview from top to bottom. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { Alerts } from '../parts/alerts.js';
import { LoadFailed } from '../parts/load-failed.js';
import { Notices, QuietNotices } from '../parts/notices.js';
import { Pools } from '../parts/pools.js';
import { Ports } from '../parts/ports.js';
import { WorstPool } from '../parts/worst-pool.js';
import { useFirstFrame } from '../state/first-frame.js';
import { hasSample } from '../state/live.js';
import { currentRoute } from '../state/navigation.js';
import { useLoaded } from '../state/use-loaded.js';

/** So far below the window the last sections are loaded: the files come from the same host, so they are there in time. */
const NEAR = '200px 0px';
/** By then they are loaded in any case: paper has all sections, and nothing can be loaded once printing has begun. */
const LOAD_AFTER_MS = 5000;

const loadLastSections = async () => (await import('../parts/last-sections.js')).LastSections;

export function Overview() {
  return (
    <main>
      <h1 class="sr-only">TCP port forecast</h1>
      <Notices />
      {hasSample.value ? <Sections /> : <FirstWait />}
    </main>
  );
}

function Sections() {
  const isDrawn = useFirstFrame();
  useEffect(() => scrollToSection(), [currentRoute.value, isDrawn]);
  return (
    <>
      <WorstPool />
      <QuietNotices />
      <div class="lists">
        <Pools />
        <Alerts />
        {isDrawn && <Ports />}
      </div>
      {isDrawn && <LastSectionsWhenNear />}
    </>
  );
}

/** The score and the limits of the host, far down the page. Their code is loaded when they come near, or after some seconds. */
function LastSectionsWhenNear() {
  const place = useRef<HTMLDivElement>(null);
  const [isNeeded, setNeeded] = useState(false);
  const { component: Component, failed } = useLoaded(loadLastSections, isNeeded);
  const isSought = currentRoute.value.view === 'overview' && currentRoute.value.section === 'host';
  // Only for a section that was not there before: a viewer who has scrolled elsewhere stays there.
  useEffect(() => {
    if (isSought) scrollToSection();
  }, [Component]);
  useEffect(() => {
    const need = (): void => setNeeded(true);
    if (isSought) need();
    const timer = setTimeout(need, LOAD_AFTER_MS);
    const observer = new IntersectionObserver((entries) => entries.some((entry) => entry.isIntersecting) && need(), {
      rootMargin: NEAR,
    });
    if (place.current !== null) observer.observe(place.current);
    return () => {
      clearTimeout(timer);
      observer.disconnect();
    };
  }, [isSought]);
  if (Component !== null) return <Component />;
  return <div ref={place}>{failed && <LoadFailed what="The last sections" />}</div>;
}

function scrollToSection(): void {
  const route = currentRoute.value;
  if (route.view !== 'overview' || route.section === null) return;
  document.getElementById(route.section)?.scrollIntoView();
}

/** Before the first sample a placeholder has the size of the content, so that nothing jumps when that comes. */
function FirstWait() {
  return (
    <section class="card first-wait" aria-busy="true">
      <p class="headline">Waiting for the first sample</p>
      <p class="muted">The page fills by itself as soon as portcast has read the socket table.</p>
      <div class="skeleton" aria-hidden="true" />
    </section>
  );
}
