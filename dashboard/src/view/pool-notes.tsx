/** What is said of a pool only when it applies: connects that fail now, a rate that climbs. */
import type { WirePool } from '../../../daemon/wire.js';
import { climbText, failingText } from '../chance.js';
import { hostNowMs } from '../live.js';
import { isOld } from '../story.js';

export function PoolNotes({ pool }: { pool: WirePool }) {
  if (isOld(pool, hostNowMs.value)) return null;
  const failing = failingText(pool);
  const climb = climbText(pool, hostNowMs.value);
  return (
    <>
      {failing !== null && <p class="failing">{failing}</p>}
      {climb !== null && <p class="climb">{climb}</p>}
    </>
  );
}
