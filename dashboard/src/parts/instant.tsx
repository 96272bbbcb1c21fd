/** An instant in text. */
import { hostMinuteMs } from '../state/live.js';
import { formatInstant, formatUtc } from '../words/format.js';

/** Shows the instant in the time zone of the viewer, with UTC in its title. Only the day and the distance in minutes change its form. */
export function Instant({ ms }: { ms: number }) {
  return (
    <time dateTime={new Date(ms).toISOString()} title={formatUtc(ms)}>
      {formatInstant(ms, hostMinuteMs.value)}
    </time>
  );
}
