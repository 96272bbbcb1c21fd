/** The overview from top to bottom. */
import { Alerts } from '../parts/alerts.js';
import { HostLimits } from '../parts/host-limits.js';
import { Notices, QuietNotices } from '../parts/notices.js';
import { Pools } from '../parts/pools.js';
import { Ports } from '../parts/ports.js';
import { Score } from '../parts/score.js';
import { WorstPool } from '../parts/worst-pool.js';
import { sample } from '../state/live.js';

export function Overview() {
  return (
    <main>
      <h1 class="sr-only">TCP port forecast</h1>
      <Notices />
      {sample.value === null ? <FirstWait /> : <Sections />}
    </main>
  );
}

function Sections() {
  return (
    <>
      <WorstPool />
      <QuietNotices />
      <div class="lists">
        <Pools />
        <Alerts />
        <Ports />
      </div>
      <Score />
      <HostLimits />
    </>
  );
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
