/** The name that the viewer gives with an action. It is kept where storage is allowed. */
import { signal } from '@preact/signals';

const STORAGE_KEY = 'portcast.author';

export const author = signal(load());

export function setAuthor(name: string): void {
  author.value = name;
  try {
    localStorage.setItem(STORAGE_KEY, name);
  } catch {
    // Storage may be forbidden. The name then lasts as long as the page.
  }
}

function load(): string {
  try {
    return localStorage.getItem(STORAGE_KEY) ?? '';
  } catch {
    return '';
  }
}
