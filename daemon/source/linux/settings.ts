/** The settings of a Linux host as the kernel writes them, from /proc/sys. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { KERNEL_RELEASE, SETTING_COUNTS, SETTING_NAMES } from '../../host/kernel-settings.js';
import { LIMIT_SETTINGS, shortenValue, type SettingValues } from '../../host/limit-settings.js';
import { SECOND_MS } from '../../units.js';

/** The settings that limit ports are read each time; the others change rarely and are read this often. */
const RARE_EVERY_MS = 30 * SECOND_MS;
const RARE = [...SETTING_NAMES.filter((name) => !LIMIT_SETTINGS.includes(name)), ...Object.values(SETTING_COUNTS)];

interface SettingReader {
  /** A setting that the kernel does not have, or that cannot be read, is left out. Never throws. */
  read(monotonicMs: number): SettingValues;
}

export function createSettingReader(procRoot: string): SettingReader {
  let [rare, readMs]: [SettingValues, number] = [{}, -Infinity];
  return {
    read(monotonicMs) {
      if (monotonicMs - readMs >= RARE_EVERY_MS) [rare, readMs] = [readAll(procRoot, RARE), monotonicMs];
      return { ...rare, ...readAll(procRoot, LIMIT_SETTINGS) };
    },
  };
}

/** All settings at once, for a command that runs without the daemon. */
export function readLinuxSettings(procRoot: string): SettingValues {
  return createSettingReader(procRoot).read(0);
}

function readAll(procRoot: string, names: readonly string[]): SettingValues {
  const values: Record<string, string> = {};
  for (const name of names) {
    const value = readValue(join(procRoot, 'sys', ...name.split('.')));
    if (value !== null) values[name] = name === KERNEL_RELEASE ? value.trim() : value;
  }
  return values;
}

/** As the kernel writes it, without the line end. Null where it cannot be read. */
function readValue(path: string): string | null {
  try {
    return shortenValue(readFileSync(path, 'latin1').replace(/\n+$/, ''));
  } catch {
    return null;
  }
}
