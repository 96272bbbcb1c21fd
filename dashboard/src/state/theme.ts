/** Light or dark: as the system prefers, unless the viewer chose. The choice is remembered where storage is allowed. */
import { computed, signal } from '@preact/signals';

export type ThemeChoice = 'system' | 'light' | 'dark';
const KEY = 'portcast.theme';
const NEXT: Record<ThemeChoice, ThemeChoice> = { system: 'light', light: 'dark', dark: 'system' };

const prefersDark = matchMedia('(prefers-color-scheme: dark)');
const systemDark = signal(prefersDark.matches);

export const themeChoice = signal<ThemeChoice>(remembered());
export const theme = computed<'light' | 'dark'>(() =>
  themeChoice.value === 'system' ? (systemDark.value ? 'dark' : 'light') : themeChoice.value,
);

/** Keeps the document in the chosen theme. */
export function followTheme(): void {
  prefersDark.addEventListener('change', () => {
    systemDark.value = prefersDark.matches;
  });
  theme.subscribe((name) => {
    document.documentElement.dataset['theme'] = name;
  });
}

export function nextTheme(): void {
  themeChoice.value = NEXT[themeChoice.value];
  try {
    localStorage.setItem(KEY, themeChoice.value);
  } catch {
    // Storage may be forbidden; the choice then lasts as long as the page.
  }
}

function remembered(): ThemeChoice {
  try {
    const stored = localStorage.getItem(KEY);
    return stored === 'light' || stored === 'dark' ? stored : 'system';
  } catch {
    return 'system';
  }
}
