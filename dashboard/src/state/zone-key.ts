/** The key `u` switches between the zone of the browser and UTC, on every page. */
import { switchZone } from './zone.js';

const TYPED_INTO = 'input, textarea, select, [contenteditable]';

export function followZoneKey(): void {
  addEventListener('keydown', (event) => {
    const isTyped = event.target instanceof Element && event.target.closest(TYPED_INTO) !== null;
    if (event.key !== 'u' || event.ctrlKey || event.metaKey || event.altKey || isTyped) return;
    switchZone();
  });
}
