/** A table behind a chart: closed at first, and made only when it is opened. */
import type { ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';

interface BehindProps {
  readonly title: string;
  readonly testId?: string;
  readonly content: () => ComponentChildren;
}

export function Behind({ title, testId, content }: BehindProps) {
  const [open, setOpen] = useState(false);
  return (
    <details class="behind" data-testid={testId} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary>{title}</summary>
      {open && content()}
    </details>
  );
}
