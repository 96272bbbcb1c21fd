/** The advice on one pool: what the table shows, the remedies as cards, what does nothing, and myths. */
import { useState } from 'preact/hooks';
import { SECOND_MS } from '../../../../daemon/units.js';
import type { WirePoolAdvice } from '../../../../daemon/wire/advice.js';
import { fetchPoolAdvice, type AdviceChoice } from '../../state/advice-api.js';
import { usePoll } from '../../state/use-poll.js';
import { capitalize } from '../../words/format.js';
import { Behind } from '../behind.js';
import { MoreButton } from '../more-button.js';
import { ChoiceBar } from './choice-bar.js';
import { RemedyCard } from './remedy-card.js';
import '../../styles/advice.css';

const REFRESH_MS = 15 * SECOND_MS;
const NOT_FOUND = 404;
/** The cards that are shown at first. */
const SHOWN = 3;
const AS_SHOWN: AdviceChoice = { program: '', platform: '' };

export function AdviceCards({ id }: { id: string }) {
  const [choice, setChoice] = useState(AS_SHOWN);
  const { value: advice, error } = usePoll({
    key: `${id} ${choice.program} ${choice.platform}`,
    request: (signal) => fetchPoolAdvice(id, choice, signal),
    everyMs: REFRESH_MS,
  });
  return (
    <>
      <ChoiceBar choice={choice} onChoose={setChoice} />
      {error !== null && (
        <p class={error.status === NOT_FOUND ? 'muted' : 'is-error'} role="status">
          {error.status === NOT_FOUND
            ? 'The pool is not in the latest sample, so there is nothing to compute.'
            : `The advice could not be read: ${error.message}. Retrying.`}
        </p>
      )}
      {advice !== null && <Advice advice={advice} />}
    </>
  );
}

function Advice({ advice }: { advice: WirePoolAdvice }) {
  const [showsAll, setShowsAll] = useState(false);
  const { remedies, useless, myths, summary, assumes } = advice;
  return (
    <>
      <p class="advice-summary">
        <strong>{summary}</strong>
      </p>
      <p class="muted">{assumes}</p>
      <Findings advice={advice} />
      <ol class="remedy-list">
        {(showsAll ? remedies : remedies.slice(0, SHOWN)).map((remedy, index) => (
          <RemedyCard key={remedy.name} remedy={remedy} number={index + 1} />
        ))}
      </ol>
      <MoreButton count={remedies.length} limit={SHOWN} showsAll={showsAll} onShowAll={setShowsAll} />
      {useless.length > 0 && (
        <Behind
          title={`What does nothing here (${useless.length})`}
          testId="advice-useless"
          content={() => (
            <ul class="plain-list">
              {useless.map(({ name, title, reason }) => (
                <li key={name}>
                  <strong>{title}</strong>: {reason}.
                </li>
              ))}
            </ul>
          )}
        />
      )}
      <Behind
        title="Myths, and what is true"
        testId="advice-myths"
        content={() => (
          <ul class="plain-list">
            {myths.map(({ name, myth, truth }) => (
              <li key={name}>
                <strong>“{myth}”</strong> {truth}
              </li>
            ))}
          </ul>
        )}
      />
    </>
  );
}

/** What the table shows, the programs that hold the connections, and their descriptors. */
function Findings({ advice: { signatures, programs, descriptors } }: { advice: WirePoolAdvice }) {
  if (signatures.length + programs.length + descriptors.length === 0) return null;
  return (
    <ul class="plain-list findings">
      {signatures.map(({ name, seen, cause, check }) => (
        <li key={name}>
          <strong>{capitalize(seen)}.</strong> {cause} <span class="muted">Verify: {check}</span>
        </li>
      ))}
      {programs.map(({ name, title, certainty, process, defaults, switch: change }) => (
        <li key={name}>
          <strong>
            {certainty === 'likely' ? `If ${process ?? 'this'} is ${title}` : title}
            {certainty === 'known' && process !== null && ` (${process})`}
          </strong>
          : {defaults}. To change it, {change}.
        </li>
      ))}
      {descriptors.map(({ pid, text }) => (
        <li key={`pid ${pid}`}>{text}</li>
      ))}
    </ul>
  );
}
