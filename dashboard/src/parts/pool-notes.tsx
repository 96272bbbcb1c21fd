/** What is said of a pool only when it applies: connects that fail now, a rate that climbs. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import { describeClimb, describeFailures } from '../words/probability-text.js';
import { hostNowMs } from '../state/live.js';
import { isOld } from '../words/headline.js';

export function PoolNotes({ pool }: { pool: WirePool }) {
  if (isOld(pool, hostNowMs.value)) return null;
  const failing = describeFailures(pool);
  const climb = describeClimb(pool, hostNowMs.value);
  return (
    <>
      {failing !== null && <p class="failing">{failing}</p>}
      {climb !== null && <p class="climb">{climb}</p>}
    </>
  );
}
