/** Notes on a pool that are shown only when they apply: failing and unanswered connects, a rising close rate. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import { isOutOfDate } from '../state/freshness.js';
import { sampleTime } from '../state/live.js';
import { describeUnanswered } from '../words/demand.js';
import { describeClimb, describeFailures } from '../words/probability-text.js';

export function PoolNotes({ pool }: { pool: WirePool }) {
  const time = sampleTime.value;
  if (isOutOfDate(pool.sampledAt, time)) return null;
  const failures = describeFailures(pool);
  const unanswered = describeUnanswered(pool);
  const climb = describeClimb(pool, time.nowMs);
  return (
    <>
      {failures !== null && <p class="failing">{failures}</p>}
      {unanswered !== null && <p class="failing">{unanswered}</p>}
      {climb !== null && <p class="climb">{climb}</p>}
    </>
  );
}
