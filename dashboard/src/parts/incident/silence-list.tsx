/** Silences that are active or will be, each with a button that ends it. */
import type { Silence } from '../../state/incident-types.js';
import { endSilence } from '../../state/incident-api.js';
import { hostNowMs } from '../../state/live.js';
import { useAction } from '../../state/use-action.js';
import { formatWholeDuration, parseInstant } from '../../words/format.js';
import { describeMatchers } from '../../words/incident.js';
import { ActButton, ActError } from '../act-button.js';
import { Icon } from '../icon.js';
import { OperatorOnly } from '../operator-only.js';
import { Instant } from '../instant.js';

interface SilenceListProps {
  readonly silences: readonly Silence[];
  /** Called after one was ended. */
  readonly onEnded: () => void;
}

export function SilenceList({ silences, onEnded }: SilenceListProps) {
  return (
    <ul class="silences" data-testid="silences">
      {silences.map((silence) => (
        <SilenceItem key={silence.id} silence={silence} onEnded={onEnded} />
      ))}
    </ul>
  );
}

function SilenceItem({ silence, onEnded }: { silence: Silence; onEnded: () => void }) {
  const action = useAction(() => endSilence(silence.id), onEnded);
  const [beginMs, endMs] = [parseInstant(silence.beginAt), parseInstant(silence.endAt)];
  const about = describeMatchers(silence.matchers);
  return (
    <li class="silence">
      <div class="silence-text">
        <p>
          <span class="badge tone-unknown">
            <Icon name="level" />
            {silence.state === 'pending' ? 'silence planned' : 'silenced'}
          </span>{' '}
          <strong class="breakable">{about}</strong>
        </p>
        <p class="muted breakable">
          {silence.state === 'pending' && beginMs !== null && (
            <>
              from <Instant ms={beginMs} />{' '}
            </>
          )}
          {endMs !== null && (
            <>
              until <Instant ms={endMs} />
              <span aria-hidden="true"> ({formatWholeDuration(endMs - hostNowMs.value)} left)</span>
            </>
          )}
          {silence.author !== null && `, by ${silence.author}`}
          {silence.comment !== '' && `: ${silence.comment}`}
        </p>
        <ActError action={action} />
      </div>
      <OperatorOnly>
        <ActButton action={action} busy="Ending…">
          End <span class="sr-only">the silence of {about}</span>
        </ActButton>
      </OperatorOnly>
    </li>
  );
}
