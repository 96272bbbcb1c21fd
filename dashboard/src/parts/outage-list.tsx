/** The newest outages of a pool, one line each. */
import { formatCount } from '../../../daemon/units.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { hostNowMs } from '../state/live.js';
import { describeOutage } from '../words/outages.js';

interface OutageListProps {
  /** Oldest first. */
  readonly outages: readonly WireOutage[];
  readonly kind: WirePool['kind'] | null;
  readonly limit: number;
}

export function OutageList({ outages, kind, limit }: OutageListProps) {
  if (outages.length === 0) return null;
  const shown = outages.slice(-limit).reverse();
  const more = outages.length - shown.length;
  return (
    <ul class="outages" data-testid="outages">
      {shown.map((outage) => (
        <li key={outage.from}>
          <strong>Out of ports</strong> {describeOutage(outage, kind, hostNowMs.value)}
        </li>
      ))}
      {more > 0 && <li class="muted">and {formatCount(more)} before</li>}
    </ul>
  );
}
