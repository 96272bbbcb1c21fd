/** A button for an action: it shows that it works, and the words of the server where it failed. */
import type { ComponentChildren, RefObject } from 'preact';
import type { Action } from '../state/use-action.js';

interface ActButtonProps {
  readonly action: Action;
  readonly children: ComponentChildren;
  /** What it says while it works. */
  readonly busy: string;
  /** Within a form, which runs the action itself. */
  readonly submit?: boolean;
  readonly primary?: boolean;
  readonly buttonRef?: RefObject<HTMLButtonElement | null>;
}

/** It is never disabled, so that it keeps the focus; a second press does nothing while it works. */
export function ActButton({ action, children, busy, submit = false, primary = false, buttonRef }: ActButtonProps) {
  return (
    <button
      ref={(element) => {
        if (buttonRef !== undefined) buttonRef.current = element;
      }}
      type={submit ? 'submit' : 'button'}
      class={primary ? 'button is-primary' : 'button'}
      aria-disabled={action.isBusy}
      aria-busy={action.isBusy}
      onClick={submit ? undefined : action.run}
    >
      {action.isBusy ? busy : children}
    </button>
  );
}

export function ActError({ action }: { action: Action }) {
  return (
    <p class="act-error is-error" role="alert">
      {action.error}
    </p>
  );
}
