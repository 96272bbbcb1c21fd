/** The frame of a section of the overview. */
import type { ComponentChildren } from 'preact';

interface SectionProps {
  readonly id: string;
  readonly title: string;
  /** How many rows are shown, or the like. */
  readonly note?: ComponentChildren;
  /** Controls at the right end of the title line. */
  readonly tools?: ComponentChildren;
  readonly class?: string;
  readonly testId?: string;
  readonly children: ComponentChildren;
}

export function Section({ id, title, note, tools, class: className, testId, children }: SectionProps) {
  return (
    <section id={id} class={`section ${className ?? ''}`} aria-labelledby={`${id}-title`} data-testid={testId}>
      <div class="section-head">
        <h2 id={`${id}-title`}>{title}</h2>
        <span class="section-note muted">{note}</span>
        {tools !== undefined && <div class="section-tools">{tools}</div>}
      </div>
      {children}
    </section>
  );
}

/** Stands where the rows of a section would be when there are none. */
export function Empty({ children }: { children: ComponentChildren }) {
  return <p class="empty muted">{children}</p>;
}
