/** Keys in a table row: Enter opens it, the arrows go to its neighbours. */
import { navigateTo } from '../state/navigation.js';

export function onRowKey(event: KeyboardEvent, href: string): void {
  const row = event.currentTarget;
  if (!(row instanceof HTMLElement)) return;
  // On the link itself Enter is a click already.
  if (event.key === 'Enter' && event.target === row) navigateTo(href);
  const neighbour =
    event.key === 'ArrowDown' ? row.nextElementSibling : event.key === 'ArrowUp' ? row.previousElementSibling : null;
  const link = neighbour?.querySelector('a');
  if (link === null || link === undefined) return;
  event.preventDefault();
  link.focus();
}
