/** Which settings of the host have changed since they were last seen, and since when each has its value. */
import { SETTING_NAMES } from '../host/kernel-settings.js';
import { LIMIT_SETTINGS, type SettingValues } from '../host/limit-settings.js';
import type { SettingChange, StoredSetting } from './change.js';

interface SeenSettings {
  readonly atMs: number;
  /** The last sample before, where that was much earlier; else null. */
  readonly notBeforeMs: number | null;
  readonly values: SettingValues;
}

export interface SettingMemory {
  /** @returns the limits that changed, and every setting that is new or has changed. */
  observe(seen: SeenSettings): {
    readonly changed: readonly SettingChange[];
    readonly toStore: readonly StoredSetting[];
  };
  list(): readonly StoredSetting[];
}

/**
 * A setting that cannot be seen for a while has not changed: it is compared with its value before.
 * @param stored what the store knows from before the start.
 */
export function createSettingMemory(stored: readonly StoredSetting[]): SettingMemory {
  const known = new Map(stored.map((setting) => [setting.name, setting]));
  return {
    observe({ atMs, notBeforeMs, values }) {
      const changed: SettingChange[] = [];
      const toStore: StoredSetting[] = [];
      for (const [name, value] of Object.entries(values)) {
        const before = known.get(name);
        // A count that is read beside the settings changes by itself.
        if (before?.value === value || !SETTING_NAMES.includes(name)) continue;
        const firstSeenMs = before?.firstSeenMs ?? atMs;
        const setting =
          before === undefined
            ? { name, value, sinceMs: null, notBeforeMs: null, firstSeenMs }
            : { name, value, sinceMs: atMs, notBeforeMs, firstSeenMs };
        known.set(name, setting);
        toStore.push(setting);
        if (before !== undefined && LIMIT_SETTINGS.includes(name))
          changed.push({ name, from: before.value, to: value });
      }
      return { changed, toStore };
    },
    list: () => [...known.values()],
  };
}

/** Changes that follow one another as one: from the first value of each setting to its last one. */
export function mergeSettingChanges(
  earlier: readonly SettingChange[],
  later: readonly SettingChange[],
): readonly SettingChange[] {
  const merged = new Map(earlier.map((change) => [change.name, change]));
  for (const change of later) {
    merged.set(change.name, { ...change, from: merged.get(change.name)?.from ?? change.from });
  }
  return [...merged.values()];
}
