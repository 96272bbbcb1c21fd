/** How good the forecasts of this pool were. */
import { MINUTE_MS } from '../../../../../daemon/units.js';
import { Behind } from '../../../parts/behind.js';
import { DataTable } from '../../../parts/data-table.js';
import { Instant } from '../../../parts/instant.js';
import { Section } from '../../../parts/section.js';
import { fetchPoolScore } from '../../../state/page-api.js';
import { usePoll } from '../../../state/use-poll.js';
import { parseInstant } from '../../../words/format.js';
import {
  describePoolScore,
  formatEpisodeKind,
  formatLead,
  formatVerdict,
  NO_SCORE,
} from '../../../words/pool-score.js';
import type { PoolSectionProps } from '../section-props.js';

export function PoolScore({ id }: PoolSectionProps) {
  const { value, error } = usePoll({
    key: `score ${id}`,
    everyMs: MINUTE_MS,
    request: (signal) => fetchPoolScore(id, signal),
  });
  if (value === null) {
    return error === null || error.status === 404 ? null : (
      <Section id="pool-score" title="How good the forecasts were">
        <p class="is-error">The score could not be read: {error.message}.</p>
      </Section>
    );
  }
  const sentences = describePoolScore(value);
  return (
    <Section id="pool-score" title="How good the forecasts were" note={`last ${value.days} days`} testId="pool-score">
      {sentences.length === 0 ? (
        <p class="muted">{NO_SCORE}</p>
      ) : (
        <ul class="plain-list">
          {sentences.map((sentence) => (
            <li key={sentence}>{sentence}</li>
          ))}
        </ul>
      )}
      {value.episodes.length > 0 && (
        <Behind
          title="Table of the newest warnings"
          testId="score-table"
          content={() => (
            <DataTable
              caption="The newest warnings of this pool"
              columns={['Began', 'Warning', 'What came of it', 'Ports ran out after']}
              rows={value.episodes.map((episode) => ({
                key: `${episode.kind} ${episode.startedAt}`,
                cells: [
                  <Instant ms={parseInstant(episode.startedAt) ?? 0} />,
                  formatEpisodeKind(episode),
                  formatVerdict(episode),
                  formatLead(episode),
                ],
              }))}
            />
          )}
        />
      )}
    </Section>
  );
}
