/** What the viewer can do about an incident: take it on, comment, silence it. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { acknowledge, addComment, liftAcknowledgement } from '../../state/incident-api.js';
import type { IncidentDetails, Silence } from '../../state/incident-types.js';
import { useAction } from '../../state/use-action.js';
import { ActButton, ActError } from '../act-button.js';
import { RemarkForm } from './remark-form.js';
import { SilenceForm } from './silence-form.js';

type Opened = 'acknowledge' | 'comment' | 'silence' | null;

interface IncidentActionsProps {
  readonly incident: IncidentDetails;
  /** Null where the server knows no silences, or they are not read yet. */
  readonly silences: readonly Silence[] | null;
  /** Called after something was changed. */
  readonly onChanged: () => void;
}

/** Only one form is open at a time. After an action the focus is on the buttons again. */
export function IncidentActions({ incident, silences, onChanged }: IncidentActionsProps) {
  const [opened, setOpened] = useState<Opened>(null);
  const [done, setDone] = useState('');
  const bar = useRef<HTMLDivElement>(null);
  const wasOpened = useRef<Opened>(null);
  useEffect(() => {
    const before = wasOpened.current;
    wasOpened.current = opened;
    if (opened !== null || before === null) return;
    const buttons = bar.current;
    const opener = buttons?.querySelector<HTMLElement>(`[data-opens="${before}"]`) ?? buttons?.querySelector('button');
    opener?.focus();
  }, [opened]);
  const isAcknowledged = incident.acknowledgement != null;
  useEffect(() => {
    // The button that had the focus has gone with what it did.
    if (done !== '' && document.activeElement === document.body) bar.current?.querySelector('button')?.focus();
  }, [isAcknowledged]);
  const close = (): void => setOpened(null);
  const finish = (text: string) => (): void => {
    setDone(text);
    close();
    onChanged();
  };
  if (incident.acknowledgement === undefined) return null;
  const { id, state } = incident;
  const goesOn = state !== 'resolved';
  return (
    <div class="actions" data-testid="actions">
      <div class="act-row" ref={bar}>
        {goesOn && incident.acknowledgement === null && (
          <Opener name="acknowledge" text="Acknowledge" opened={opened} onOpen={setOpened} primary />
        )}
        {goesOn && incident.acknowledgement !== null && <Lift id={id} onDone={finish('Acknowledgement lifted')} />}
        <Opener name="comment" text="Comment" opened={opened} onOpen={setOpened} />
        {goesOn && silences !== null && <Opener name="silence" text="Silence" opened={opened} onOpen={setOpened} />}
        <span class="act-done muted" role="status">
          {opened === null && done}
        </span>
      </div>
      <OpenedForm opened={opened} incident={incident} onDone={finish} onCancel={close} />
    </div>
  );
}

interface OpenedFormProps {
  readonly opened: Opened;
  readonly incident: IncidentDetails;
  /** With what was done. */
  readonly onDone: (text: string) => () => void;
  readonly onCancel: () => void;
}

function OpenedForm({ opened, incident, onDone, onCancel }: OpenedFormProps) {
  const { id } = incident;
  switch (opened) {
    case 'acknowledge':
      return (
        <RemarkForm
          title="Acknowledge"
          label="Comment (optional)"
          required={false}
          button="Acknowledge"
          busy="Acknowledging…"
          send={(remark) => acknowledge(id, remark)}
          onDone={onDone('Acknowledged')}
          onCancel={onCancel}
        >
          <p class="muted">Reminders stop, until it is over or becomes more severe. The end is still told.</p>
        </RemarkForm>
      );
    case 'comment':
      return (
        <RemarkForm
          title="Comment"
          label="Comment"
          required
          button="Add comment"
          busy="Adding…"
          send={(remark) => addComment(id, remark)}
          onDone={onDone('Comment added')}
          onCancel={onCancel}
        />
      );
    case 'silence':
      return <SilenceForm incident={incident} onDone={onDone('Silenced')} onCancel={onCancel} />;
    case null:
      return null;
  }
}

interface OpenerProps {
  readonly name: Exclude<Opened, null>;
  readonly text: string;
  readonly opened: Opened;
  readonly onOpen: (name: Opened) => void;
  readonly primary?: boolean;
}

function Opener({ name, text, opened, onOpen, primary = false }: OpenerProps) {
  return (
    <button
      type="button"
      class={primary ? 'button is-primary' : 'button'}
      data-opens={name}
      aria-expanded={opened === name}
      onClick={() => onOpen(opened === name ? null : name)}
    >
      {text}
    </button>
  );
}

function Lift({ id, onDone }: { id: string; onDone: () => void }) {
  const action = useAction(() => liftAcknowledgement(id), onDone);
  return (
    <>
      <ActButton action={action} busy="Lifting…">
        Lift acknowledgement
      </ActButton>
      <ActError action={action} />
    </>
  );
}
