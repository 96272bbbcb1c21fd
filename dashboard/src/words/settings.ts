/** The settings of the host in words: their groups, whether they were changed, and since when they hold. */
import type { WireSetting } from '../../../daemon/wire/setting.js';
import type { IconName } from '../parts/icon.js';
import { formatInstant, parseInstant } from './format.js';

const GROUP_TITLES: Readonly<Record<WireSetting['group'], string>> = {
  ports: 'Which ports connect() may take',
  time_wait: 'How long a closed connection keeps its port',
  connect: 'How long connections wait for a peer that is gone',
  files: 'Files and sockets',
  nat: 'Connection tracking',
  kernel: 'Kernel',
};

interface SettingGroupShown {
  readonly group: WireSetting['group'];
  readonly title: string;
  readonly settings: readonly WireSetting[];
}

export function groupSettings(settings: readonly WireSetting[]): SettingGroupShown[] {
  const groups = Object.entries(GROUP_TITLES) as [WireSetting['group'], string][];
  return groups.flatMap(([group, title]) => {
    const own = settings.filter((setting) => setting.group === group);
    return own.length === 0 ? [] : [{ group, title, settings: own }];
  });
}

/** As the kernel writes it, with a word where it writes nothing. */
export function formatSettingValue(value: string): string {
  const text = value.trim().replace(/\s+/g, ' ');
  return text === '' ? 'empty' : text;
}

interface DefaultSign {
  readonly icon: IconName;
  readonly tone: string;
  readonly text: string;
}

export function signDefault({ isDefault }: WireSetting): DefaultSign {
  if (isDefault === null) return { icon: 'question', tone: 'unknown', text: 'no fixed default' };
  return isDefault
    ? { icon: 'check', tone: 'calm', text: 'default' }
    : { icon: 'alert', tone: 'warning', text: 'changed' };
}

/** `The default is 2 (0 before Linux 4.19).` Null where it is the default and nothing more is to say. */
export function describeDefault({ isDefault, default: standard, defaultNote }: WireSetting): string | null {
  if (isDefault === true) return null;
  if (standard === null) return defaultNote === null ? null : `Its default: ${defaultNote}.`;
  const value = standard === '' ? 'empty' : formatSettingValue(standard);
  return `The default is ${value}${defaultNote === null ? '' : ` (${defaultNote})`}.`;
}

export function describeSince({ since, sinceNotBefore, firstSeenAt }: WireSetting, nowMs: number): string | null {
  const [sinceMs, earlierMs, firstMs] = [parseInstant(since), parseInstant(sinceNotBefore), parseInstant(firstSeenAt)];
  if (sinceMs !== null && earlierMs !== null) {
    return `Changed between ${formatInstant(earlierMs, nowMs)} and ${formatInstant(sinceMs, nowMs)}`;
  }
  if (sinceMs !== null) return `Since ${formatInstant(sinceMs, nowMs)}`;
  return firstMs === null ? null : `Since before portcast first saw it (${formatInstant(firstMs, nowMs)})`;
}
