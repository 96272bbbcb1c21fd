/** What changed for one pool: the limits of the host, and its own behaviour. */
import { SECOND_MS } from '../../../../daemon/units.js';
import { fetchChanges } from '../../state/change-api.js';
import { usePoll } from '../../state/use-poll.js';
import { formatPlural } from '../../words/format.js';
import { Section } from '../section.js';
import { ChangeList } from './change-list.js';

const LIMIT = 50;
const REFRESH_MS = 10 * SECOND_MS;
const NOT_FOUND = 404;

export function PoolChanges({ id }: { id: string }) {
  const { value, error } = usePoll({
    key: `changes ${id}`,
    everyMs: REFRESH_MS,
    request: (signal) => fetchChanges(id, LIMIT, signal),
  });
  // A server of an older version knows no changes.
  if (value === null) {
    return error === null || error.status === NOT_FOUND ? null : (
      <Section id="pool-changes" title="What changed">
        <p class="is-error">The changes could not be read: {error.message}. Retrying.</p>
      </Section>
    );
  }
  const note = value.length === 0 ? undefined : formatPlural(value.length, 'change');
  return (
    <Section id="pool-changes" title="What changed" note={note} testId="pool-changes">
      {value.length === 0 ? (
        <p class="muted">
          No change was seen. When a limit of the host is changed, or this pool behaves differently for good, the
          figures before and after show here.
        </p>
      ) : (
        <ChangeList changes={value} poolIds={[id]} />
      )}
    </Section>
  );
}
