/** The answer of `GET /api/v1/settings`: what the kernel is set to, and what it means on this host. */
import type { StoredSetting } from '../change/change.js';
import type { HostReading } from '../contracts.js';
import { TIME_WAIT_MS } from '../host/kernel-constants.js';
import {
  findDefault,
  isDefaultValue,
  KERNEL_RELEASE,
  listKnownSettings,
  type SettingGroup,
} from '../host/kernel-settings.js';
import { listLimitSettings, LIMIT_SETTINGS } from '../host/limit-settings.js';
import { explainSetting, explainTick, explainTimeWaitLength, type SettingFacts } from '../host/setting-meanings.js';
import { isoOrNull, SECOND_MS } from '../units.js';

export interface WireSetting {
  name: string;
  group: SettingGroup;
  /** As the kernel writes it. */
  value: string;
  /** Null where the default depends on the host, or is not known. */
  isDefault: boolean | null;
  default: string | null;
  /** What the default depends on; null where it is the same everywhere. */
  defaultNote: string | null;
  /** The sample that first showed this value; null where it is as old as what portcast knows of the setting. */
  since: string | null;
  /** Where portcast did not sample for long before `since`: the value changed between the two. Else null. */
  sinceNotBefore: string | null;
  /** When portcast first saw the setting; null where no daemon has seen it. */
  firstSeenAt: string | null;
  /** One sentence with the numbers of this host. */
  meaning: string;
  /** Whether a change of it is recorded, with what it did to the pools. */
  isLimit: boolean;
}

export interface WireSettings {
  host: string;
  /** `uname -r`; null where it is not known. */
  kernel: string | null;
  settings: WireSetting[];
  /** Settings that exist and could not be read, and what is used in their place. */
  problems: string[];
}

interface SettingsSource {
  readonly host: string;
  readonly reading: HostReading;
  readonly unusedCapacity: number;
  /** Empty where no daemon has followed them. */
  readonly seen: readonly StoredSetting[];
}

export function settingsToWire({ host, reading, unusedCapacity, seen }: SettingsSource): WireSettings {
  const { limits, granularity, counters, problems = [] } = reading;
  const values = reading.settings ?? listLimitSettings(limits);
  const { timeWait, orphan: orphans } = counters;
  const facts: SettingFacts = { limits, granularity, values, unusedCapacity, timeWait, orphans };
  const kernel = values[KERNEL_RELEASE];
  const known = listKnownSettings(values).map(({ name, group, value }): WireSetting => {
    const standard = findDefault(name, kernel);
    const stored = seen.find((each) => each.name === name && each.value === value);
    return {
      name,
      group,
      value,
      isDefault: isDefaultValue(value, standard),
      default: standard.value,
      defaultNote: standard.note,
      since: isoOrNull(stored?.sinceMs ?? null),
      sinceNotBefore: isoOrNull(stored?.notBeforeMs ?? null),
      firstSeenAt: isoOrNull(stored?.firstSeenMs ?? null),
      meaning: explainSetting(name, value, facts) ?? '',
      isLimit: LIMIT_SETTINGS.includes(name),
    };
  });
  return { host, kernel: kernel ?? null, settings: [...known, ...listFixed(facts)], problems: [...problems] };
}

/** What no setting changes, and what is known of it. */
function listFixed(facts: SettingFacts): WireSetting[] {
  const { limits, granularity, values } = facts;
  const kernel = values[KERNEL_RELEASE];
  const fixed = { since: null, sinceNotBefore: null, firstSeenAt: null, isLimit: false } as const;
  const tick: WireSetting = {
    ...fixed,
    name: 'CONFIG_HZ',
    group: 'kernel',
    value: granularity.hz === null ? 'not known yet' : String(granularity.hz),
    isDefault: null,
    default: null,
    defaultNote: 'fixed when the kernel is built',
    meaning: explainTick(facts),
  };
  if (values['net.ipv4.tcp_tw_timeout'] !== undefined) return [tick];
  const length: WireSetting = {
    ...fixed,
    name: kernel === undefined ? 'TIME_WAIT' : 'TCP_TIMEWAIT_LEN',
    group: 'time_wait',
    value: `${limits.timeWaitMs / SECOND_MS} s`,
    isDefault: kernel === undefined ? null : limits.timeWaitMs === TIME_WAIT_MS,
    default: kernel === undefined ? null : `${TIME_WAIT_MS / SECOND_MS} s`,
    defaultNote: kernel === undefined ? null : 'fixed when the kernel is built; tcp_fin_timeout does not change it',
    meaning: explainTimeWaitLength(facts),
  };
  return [length, tick];
}
