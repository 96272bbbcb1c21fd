/**
 * Writes what the reader of a replay must know about the stored history: from when to when it is too coarse for what.
 */
import type { StoredSpan } from '../contracts.js';
import { formatDuration } from '../units.js';

/** The parts of the history by how it was stored; null for a part that there is none of. */
interface StoredParts {
  readonly samples: StoredSpan | null;
  readonly minutes: StoredSpan | null;
  readonly hours: StoredSpan | null;
  /** How many samples were left out because the wall clock had been set back. */
  readonly repeated: number;
}

export function explainStored({ samples, minutes, hours, repeated }: StoredParts): string[] {
  const notes: string[] = [];
  if (samples !== null) {
    notes.push(
      `${formatSpan(samples)}: samples are kept, but not their timers, so close rates come from counts, later and ` +
        'rougher than in the running daemon',
    );
  }
  if (minutes !== null) {
    notes.push(`${formatSpan(minutes)}: only means of minutes are kept: pressure and use are judged, no forecast`);
  }
  if (hours !== null) notes.push(`${formatSpan(hours)}: only hours are kept, too coarse to judge anything`);
  if (samples === null && minutes === null) notes.push('no sample of a pool is fine enough to be replayed');
  if (repeated > 0) notes.push(`${repeated} samples were left out: the clock had been set back`);
  return notes;
}

/** `2026-01-05 00:00 to 2026-01-06 00:00 UTC (1 d)`. */
function formatSpan({ fromMs, toMs }: StoredSpan): string {
  const formatInstant = (ms: number): string => new Date(ms).toISOString().slice(0, 16).replace('T', ' ');
  return `${formatInstant(fromMs)} to ${formatInstant(toMs)} UTC (${formatDuration(toMs - fromMs)})`;
}
