/** The light or dark theme: that of the system unless the viewer chose one. The choice is kept where storage is allowed. */
import { computed, signal } from '@preact/signals';

const STORAGE_KEY = 'portcast.theme';

export type ThemeChoice = 'system' | 'light' | 'dark';
const NEXT: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemIsDark = signal(prefersDark.matches);

export const themeChoice = signal<ThemeChoice>(loadChoice());
export const theme = computed<'light' | 'dark'>(() =>
  themeChoice.value === 'system' ? (systemIsDark.value ? 'dark' : 'light') : themeChoice.value,
);

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
    const stored = localStorage.getItem(STORAGE_KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
