/** The route in the address bar, as a signal. */
import { signal } from '@preact/signals';
import { parseRoute, type Route } from './route.js';

export const currentRoute = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  currentRoute.value = parseRoute(location.hash);
});

/** Opens a route. The same route again scrolls to its section again. */
export function navigateTo(hash: string): void {
  if (location.hash === hash) currentRoute.value = parseRoute(hash);
  else location.hash = hash;
}

let navigations = 0;
addEventListener('hashchange', () => {
  navigations += 1;
});

/** How often the viewer went to another route since the page was loaded. */
export function countNavigations(): number {
  return navigations;
}
