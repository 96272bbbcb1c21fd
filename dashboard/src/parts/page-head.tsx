/** The head of a page of its own: its title takes the focus when the viewer comes from another page. */
import type { ComponentChildren } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';
import { countNavigations } from '../state/navigation.js';
import '../styles/page.css';

interface PageHeadProps {
  readonly title: string;
  /** Above the title: where the page belongs. */
  readonly above?: ComponentChildren;
}

export function PageHead({ title, above }: PageHeadProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  useLayoutEffect(() => {
    if (countNavigations() === 0) return;
    scrollTo({ top: 0, behavior: 'instant' });
    heading.current?.focus({ preventScroll: true });
  }, []);
  return (
    <div class="page-head">
      {above}
      <h1 ref={heading} id="page-title" tabIndex={-1}>
        {title}
      </h1>
    </div>
  );
}
