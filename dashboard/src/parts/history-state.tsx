/** What the histories of a pool and of a port share: the choice of range, and what is shown before and without data. */
import { RANGES, type Range } from '../chart/history-columns.js';
import type { HistoryLoad } from '../state/use-history.js';

/** Steps asked for: about one per two pixels of the panel. */
export const HISTORY_POINTS = 320;

export function RangePicker({ range, onRange }: { range: Range; onRange: (range: Range) => void }) {
  return (
    <div class="segments" role="group" aria-label="Range">
      {RANGES.map((option) => (
        <button key={option.name} type="button" aria-pressed={option === range} onClick={() => onRange(option)}>
          {option.name}
        </button>
      ))}
    </div>
  );
}

/** Loading, absent, failed; nothing when the history is there and fresh. */
export function HistoryState({ load, empty, range }: { load: HistoryLoad; empty: boolean; range: Range }) {
  if (load.error !== null) {
    const text =
      load.error.status === 404
        ? 'Nothing is stored under this name yet. New series appear here within seconds of their first sample.'
        : `The history could not be read: ${load.error.message}. The page keeps trying.`;
    return (
      <p class={`history-state ${load.error.status === 404 ? 'muted' : 'is-error'}`} role="status">
        {text}
      </p>
    );
  }
  if (load.view === null)
    return <div class="skeleton history-skeleton" role="status" aria-label="Loading the history" />;
  if (empty) return <p class="history-state muted">Nothing was stored in the last {range.name}.</p>;
  return null;
}
