/** The route in the address bar, as a signal. */
import { signal } from '@preact/signals';
import { parseRoute, type Route } from './route.js';

export const currentRoute = signal<Route>(parseRoute(location.hash));

addEventListener('hashchange', () => {
  currentRoute.value = parseRoute(location.hash);
});

/** Opens a route; where it is open already its section is shown again. */
export function navigateTo(hash: string): void {
  if (location.hash === hash) currentRoute.value = parseRoute(hash);
  else location.hash = hash;
}
