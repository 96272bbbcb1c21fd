/** An instant in text. */
import { hostMinuteMs } from '../state/live.js';
import { formatInstant, formatUtc } from '../words/format.js';

/**
 * Shows the instant in the time zone of the viewer, with UTC in its title. It is written shorter the further away it is, which a
 * clock of minutes decides well enough.
 */
export function Instant({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatUtc(ms)}>
      {formatInstant(ms, hostMinuteMs.value)}
    </time>
  );
}
