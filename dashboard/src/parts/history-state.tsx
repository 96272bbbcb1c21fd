/** What a history page shows in place of its charts: that the history is loading, absent, empty or unreadable. */
import type { Range } from '../chart/ranges.js';
import type { HistoryLoad } from '../state/use-history.js';

const NOT_FOUND = 404;

/** Renders nothing when the history is there and the last request succeeded. */
export function HistoryState({ load, empty, range }: { load: HistoryLoad; empty: boolean; range: Range }) {
  if (load.error !== null) {
    const absent = load.error.status === NOT_FOUND;
    return (
      <p class={`history-state ${absent ? 'muted' : 'is-error'}`} role="status">
        {absent
          ? 'Nothing is stored under this name yet. New series appear here within seconds of their first sample.'
          : `The history could not be read: ${load.error.message}. Retrying.`}
      </p>
    );
  }
  if (load.view === null)
    return <div class="skeleton history-skeleton" role="status" aria-label="Loading the history" />;
  if (empty) return <p class="history-state muted">Nothing was stored in the last {range.name}.</p>;
  return null;
}
