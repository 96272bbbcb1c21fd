/** What changed around an incident. */
import type { WireChange } from '../../../../daemon/wire/change.js';
import { formatPlural } from '../../words/format.js';
import { Section } from '../section.js';
import { ChangeList } from './change-list.js';

interface IncidentChangesProps {
  /** Absent where the server is of an older version. */
  readonly changes: readonly WireChange[] | undefined;
  readonly poolIds: readonly string[];
}

/** Renders nothing where nothing changed. */
export function IncidentChanges({ changes, poolIds }: IncidentChangesProps) {
  if (changes === undefined || changes.length === 0) return null;
  return (
    <Section id="incident-changes" title="What changed" note={formatPlural(changes.length, 'change')}>
      <ChangeList changes={changes} poolIds={poolIds} />
    </Section>
  );
}
