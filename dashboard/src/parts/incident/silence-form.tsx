/** Silences an incident, or everything that has something in common with it, for a time. It asks once more before it acts. */
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { SECOND_MS } from '../../../../daemon/units.js';
import { author } from '../../state/author.js';
import { addSilence } from '../../state/incident-api.js';
import type { Incident } from '../../state/incident-types.js';
import { hostNowMs } from '../../state/live.js';
import { useAction } from '../../state/use-action.js';
import { formatInstant } from '../../words/format.js';
import { listSilenceChoices, readHours } from '../../words/silence-choices.js';
import { ActButton, ActError } from '../act-button.js';
import { AuthorField, closeOn } from './remark-form.js';

const HOURS = ['1', '8', '24'];
const MAX_TEXT = 2000;

interface SilenceFormProps {
  readonly incident: Incident;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

export function SilenceForm({ incident, onDone, onCancel }: SilenceFormProps) {
  const choices = listSilenceChoices(incident);
  const [key, setKey] = useState('incident');
  const [hours, setHours] = useState('1');
  const [comment, setComment] = useState('');
  const [asks, setAsks] = useState(false);
  const first = useRef<HTMLSelectElement>(null);
  useLayoutEffect(() => first.current?.focus(), []);
  const choice = choices.find((each) => each.key === key) ?? choices[0];
  const durationSeconds = readHours(hours);
  const action = useAction(async () => {
    if (choice === undefined || durationSeconds === null) return;
    await addSilence({ matchers: choice.matchers, durationSeconds, author: author.value, comment: comment.trim() });
  }, onDone);
  if (asks && choice !== undefined && durationSeconds !== null) {
    const untilMs = hostNowMs.peek() + durationSeconds * SECOND_MS;
    return (
      <Confirm
        what={choice.key === 'incident' ? 'this incident' : `alerts of ${choice.text}`}
        until={formatInstant(untilMs, hostNowMs.peek())}
        action={action}
        onBack={() => setAsks(false)}
      />
    );
  }
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    if (durationSeconds !== null) setAsks(true);
  };
  return (
    <form class="act-form" aria-label="Silence" onSubmit={onSubmit} onKeyDown={(event) => closeOn(event, onCancel)}>
      <label class="field">
        <span>What to silence</span>
        <select ref={first} value={key} onChange={(event) => setKey(event.currentTarget.value)}>
          {choices.map((each) => (
            <option key={each.key} value={each.key}>
              {each.text}
            </option>
          ))}
        </select>
      </label>
      <Duration hours={hours} onHours={setHours} />
      <CommentField comment={comment} onComment={setComment} />
      <AuthorField />
      <div class="act-row">
        <button type="submit" class="button is-primary">
          Silence…
        </button>
        <button type="button" class="button" onClick={onCancel}>
          Cancel
        </button>
      </div>
    </form>
  );
}

function CommentField({ comment, onComment }: { comment: string; onComment: (comment: string) => void }) {
  return (
    <label class="field">
      <span>Comment (optional)</span>
      <input
        type="text"
        maxLength={MAX_TEXT}
        value={comment}
        onInput={(event) => onComment(event.currentTarget.value)}
      />
    </label>
  );
}

function Duration({ hours, onHours }: { hours: string; onHours: (hours: string) => void }) {
  const [isCustom, setCustom] = useState(false);
  return (
    <fieldset class="field duration">
      <legend>For how long</legend>
      {HOURS.map((each) => (
        <label key={each} class="choice">
          <input
            type="radio"
            name="duration"
            checked={!isCustom && hours === each}
            onChange={() => {
              setCustom(false);
              onHours(each);
            }}
          />
          {each} h
        </label>
      ))}
      <label class="choice">
        <input type="radio" name="duration" checked={isCustom} onChange={() => setCustom(true)} />
        Other
      </label>
      {isCustom && (
        <label class="choice">
          <input
            type="number"
            min="0.1"
            max="8784"
            step="any"
            required
            value={hours}
            onInput={(event) => onHours(event.currentTarget.value)}
          />{' '}
          hours
        </label>
      )}
    </fieldset>
  );
}

interface ConfirmProps {
  readonly what: string;
  readonly until: string;
  readonly action: ReturnType<typeof useAction>;
  readonly onBack: () => void;
}

function Confirm({ what, until, action, onBack }: ConfirmProps) {
  const button = useRef<HTMLButtonElement>(null);
  useLayoutEffect(() => button.current?.focus(), []);
  return (
    <div class="act-form" role="group" aria-label="Confirm the silence" onKeyDown={(event) => closeOn(event, onBack)}>
      <p>
        <strong>
          Nobody is told about {what} until {until}.
        </strong>{' '}
        What happens is still recorded and shown here. The silence ends by itself.
      </p>
      <div class="act-row">
        <ActButton action={action} busy="Silencing…" primary buttonRef={button}>
          Silence until {until}
        </ActButton>
        <button type="button" class="button" onClick={onBack}>
          Back
        </button>
      </div>
      <ActError action={action} />
    </div>
  );
}
