/** The time zone in which all instants of the page are written: that of the browser, or UTC. The choice is kept where storage is allowed. */
import { signal } from '@preact/signals';

const STORAGE_KEY = 'portcast.zone';

type ZoneChoice = 'local' | 'utc';

export const zoneChoice = signal<ZoneChoice>(loadChoice());

export function switchZone(): void {
  zoneChoice.value = zoneChoice.value === 'utc' ? 'local' : 'utc';
  try {
    localStorage.setItem(STORAGE_KEY, zoneChoice.value);
  } catch {
    // Storage may be forbidden. The choice then lasts as long as the page.
  }
}

function loadChoice(): ZoneChoice {
  try {
    return localStorage.getItem(STORAGE_KEY) === 'utc' ? 'utc' : 'local';
  } catch {
    return 'local';
  }
}
