/** A text and a name: for an acknowledgement or a comment. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef, useState } from 'preact/hooks';
import { author, setAuthor } from '../../state/author.js';
import { session } from '../../state/session.js';
import { useAction } from '../../state/use-action.js';
import { ActButton, ActError } from '../act-button.js';

/** The limits of the API. */
const MAX_TEXT = 2000;
const MAX_AUTHOR = 100;

interface RemarkFormProps {
  readonly title: string;
  readonly label: string;
  readonly required: boolean;
  readonly button: string;
  readonly busy: string;
  /** What the action leads to. */
  readonly children?: ComponentChildren;
  readonly send: (remark: { text: string; author: string }) => Promise<void>;
  readonly onDone: () => void;
  readonly onCancel: () => void;
}

export function RemarkForm(props: RemarkFormProps) {
  const [text, setText] = useState('');
  const field = useRef<HTMLTextAreaElement>(null);
  const action = useAction(() => props.send({ text: text.trim(), author: author.value }), props.onDone);
  // Before the form is painted, so that no key that is pressed at first sight is lost.
  useLayoutEffect(() => field.current?.focus(), []);
  const onSubmit = (event: SubmitEvent): void => {
    event.preventDefault();
    action.run();
  };
  return (
    <form
      class="act-form"
      aria-label={props.title}
      onSubmit={onSubmit}
      onKeyDown={(event) => closeOn(event, props.onCancel)}
    >
      <label class="field">
        <span>{props.label}</span>
        <textarea
          ref={field}
          rows={2}
          maxLength={MAX_TEXT}
          required={props.required}
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
      </label>
      <AuthorField />
      {props.children}
      <div class="act-row">
        <ActButton action={action} busy={props.busy} submit primary>
          {props.button}
        </ActButton>
        <button type="button" class="button" onClick={props.onCancel}>
          Cancel
        </button>
      </div>
      <ActError action={action} />
    </form>
  );
}

/** Who has logged in need not say who it is, and the server takes no other name. */
export function AuthorField() {
  const user = session.value?.user ?? null;
  if (user !== null) return <p class="muted">As {user}</p>;
  return (
    <label class="field field-short">
      <span>Your name (optional)</span>
      <input
        type="text"
        autocomplete="name"
        maxLength={MAX_AUTHOR}
        value={author.value}
        onInput={(event) => setAuthor(event.currentTarget.value)}
      />
    </label>
  );
}

export function closeOn(event: KeyboardEvent, close: () => void): void {
  if (event.key !== 'Escape') return;
  event.stopPropagation();
  close();
}
