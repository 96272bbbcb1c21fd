/** Keys in a table row: Enter opens the row, the arrows move the focus to the row above or below. */
import { navigateTo } from '../state/navigation.js';

export function onRowKey(event: KeyboardEvent, href: string): void {
  const row = event.currentTarget;
  if (!(row instanceof HTMLElement)) return;
  // On the link inside the row the browser turns Enter into a click.
  if (event.key === 'Enter' && event.target === row) navigateTo(href);
  const neighbour =
    event.key === 'ArrowDown' ? row.nextElementSibling : event.key === 'ArrowUp' ? row.previousElementSibling : null;
  const link = neighbour?.querySelector('a');
  if (link === null || link === undefined) return;
  event.preventDefault();
  link.focus();
}
