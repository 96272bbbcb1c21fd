/** What only an operator can do. A viewer reads why it is not there. */
import type { ComponentChildren } from 'preact';
import { changeRefusal } from '../state/session.js';

interface OperatorOnlyProps {
  /** What is not offered: "Acknowledge, comment and silence". Without it the reason is left out. */
  readonly what?: string;
  readonly children: ComponentChildren;
}

export function OperatorOnly({ what, children }: OperatorOnlyProps) {
  const refusal = changeRefusal.value;
  if (refusal === null) return <>{children}</>;
  if (what === undefined) return null;
  return (
    <p class="muted" data-testid="operator-only">
      {what}: {refusal}.
    </p>
  );
}
