/**
 * The light or dark theme: that of the address (`?theme=dark`), else what the viewer chose, else that of the system. The choice is
 * kept where storage is allowed.
 */
import { computed, signal } from '@preact/signals';

const STORAGE_KEY = 'portcast.theme';

export type ThemeChoice = 'system' | 'light' | 'dark';
const NEXT: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(prefersDark.matches);

export const themeChoice = signal<ThemeChoice>(
  parseTheme(new URLSearchParams(location.search).get('theme')) ?? loadChoice(),
);
/** While the page is printed it is light. */
export const isPrinting = signal(false);
export const theme = computed<'light' | 'dark'>(() => {
  if (isPrinting.value) return 'light';
  return themeChoice.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : themeChoice.value;
});

/** Keeps the document in the chosen theme. */
export function followTheme(): void {
  prefersDark.addEventListener('change', () => {
    systemIsDark.value = prefersDark.matches;
  });
  theme.subscribe((name) => {
    document.documentElement.dataset['theme'] = name;
  });
}

export function switchTheme(): void {
  themeChoice.value = NEXT[themeChoice.value];
  try {
    localStorage.setItem(STORAGE_KEY, themeChoice.value);
  } catch {
    // Storage may be forbidden. The choice then lasts as long as the page.
  }
}

function loadChoice(): ThemeChoice {
  try {
    return parseTheme(localStorage.getItem(STORAGE_KEY)) ?? 'system';
  } catch {
    return 'system';
  }
}

/** Null where it names no theme. */
function parseTheme(text: string | null): 'light' | 'dark' | null {
  return text === 'light' || text === 'dark' ? text : null;
}
