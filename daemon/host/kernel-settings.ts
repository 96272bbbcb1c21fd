/**
 * The settings of Linux that matter for ports: their names, and their defaults by the version of the kernel.
 * Sources: Documentation/networking/ip-sysctl.rst, Documentation/admin-guide/sysctl/fs.rst and nf_conntrack-sysctl.rst of the
 * kernel, and the initial values in net/ipv4/tcp_ipv4.c (tcp_sk_init), net/ipv4/af_inet.c and net/ipv4/tcp.c (tcp_init).
 */
import { LIMIT_SETTINGS, type SettingValues } from './limit-settings.js';

export type SettingGroup = 'ports' | 'time_wait' | 'connect' | 'files' | 'nat' | 'kernel';

interface KernelSetting {
  readonly name: string;
  readonly group: SettingGroup;
  /** The default of a kernel; null where no fixed value is the default, and the note then says what it follows from. */
  readonly findDefault: (kernel: KernelVersion | null) => string | null;
  readonly note?: string;
}

interface KernelVersion {
  readonly major: number;
  readonly minor: number;
}

interface SettingDefault {
  /** Null where it depends on the host. */
  readonly value: string | null;
  readonly note: string | null;
}

const always = (value: string) => (): string => value;
const dependsOn = (): null => null;
/** The default changed in one version; it is unknown on a kernel whose version is. */
const since =
  ({ major, minor }: KernelVersion, value: string, before: string) =>
  (kernel: KernelVersion | null): string | null => {
    if (kernel === null) return null;
    return kernel.major > major || (kernel.major === major && kernel.minor >= minor) ? value : before;
  };

const TABLE_NOTE =
  'half the number of buckets of the table of connections, which the kernel sizes by the memory of the host at boot';

/** In the order in which they are shown. */
const SETTINGS: readonly KernelSetting[] = [
  {
    name: 'net.ipv4.ip_local_port_range',
    group: 'ports',
    findDefault: since({ major: 4, minor: 2 }, '32768 60999', '32768 61000'),
  },
  { name: 'net.ipv4.ip_local_reserved_ports', group: 'ports', findDefault: always('') },
  { name: 'net.ipv4.ip_autobind_reuse', group: 'ports', findDefault: always('0') },
  { name: 'net.ipv4.ip_local_port_step_width', group: 'ports', findDefault: dependsOn, note: 'from Linux 7.1 on' },
  {
    name: 'net.ipv4.tcp_tw_reuse',
    group: 'time_wait',
    findDefault: since({ major: 4, minor: 19 }, '2', '0'),
    note: '0 before Linux 4.19',
  },
  { name: 'net.ipv4.tcp_tw_reuse_delay', group: 'time_wait', findDefault: always('1000') },
  { name: 'net.ipv4.tcp_tw_timeout', group: 'time_wait', findDefault: always('60') },
  { name: 'net.ipv4.tcp_timestamps', group: 'time_wait', findDefault: always('1') },
  { name: 'net.ipv4.tcp_max_tw_buckets', group: 'time_wait', findDefault: dependsOn, note: TABLE_NOTE },
  { name: 'net.ipv4.tcp_fin_timeout', group: 'time_wait', findDefault: always('60') },
  { name: 'net.ipv4.tcp_max_orphans', group: 'time_wait', findDefault: dependsOn, note: TABLE_NOTE },
  { name: 'net.ipv4.tcp_orphan_retries', group: 'time_wait', findDefault: always('0') },
  { name: 'net.ipv4.tcp_syn_retries', group: 'connect', findDefault: since({ major: 3, minor: 7 }, '6', '5') },
  { name: 'net.ipv4.tcp_syn_linear_timeouts', group: 'connect', findDefault: always('4') },
  { name: 'net.ipv4.tcp_retries2', group: 'connect', findDefault: always('15') },
  { name: 'net.ipv4.tcp_keepalive_time', group: 'connect', findDefault: always('7200') },
  {
    name: 'fs.file-max',
    group: 'files',
    findDefault: dependsOn,
    note: 'about a tenth of the memory in KiB; systemd raises it to the largest number',
  },
  { name: 'fs.nr_open', group: 'files', findDefault: always('1048576'), note: 'systemd raises it to 1073741816' },
  {
    name: 'net.netfilter.nf_conntrack_max',
    group: 'nat',
    findDefault: dependsOn,
    note: 'follows from the size of its hash table, which the kernel sizes by the memory of the host',
  },
  { name: 'kernel.osrelease', group: 'kernel', findDefault: dependsOn, note: 'the kernel that was booted' },
];

/** Numbers that change by themselves: they are shown with the setting that limits them, and are no settings. */
export const SETTING_COUNTS = {
  'fs.file-max': 'fs.file-nr',
  'net.netfilter.nf_conntrack_max': 'net.netfilter.nf_conntrack_count',
} as const;

export const KERNEL_RELEASE = 'kernel.osrelease';

/** The names of all settings that are read, those that are read in every cycle among them. */
export const SETTING_NAMES: readonly string[] = [...new Set([...SETTINGS.map(({ name }) => name), ...LIMIT_SETTINGS])];

export function listKnownSettings(values: SettingValues): { name: string; group: SettingGroup; value: string }[] {
  return SETTINGS.flatMap(({ name, group }) => {
    const value = values[name];
    return value === undefined ? [] : [{ name, group, value }];
  });
}

/** @param release as `uname -r` prints it; undefined where it is not known. */
export function findDefault(name: string, release: string | undefined): SettingDefault {
  const setting = SETTINGS.find((each) => each.name === name);
  if (setting === undefined) return { value: null, note: null };
  return { value: setting.findDefault(parseKernelVersion(release)), note: setting.note ?? null };
}

/** Whether a value is the default, whatever blanks the kernel puts between its numbers. Null where no default is known. */
export function isDefaultValue(value: string, { value: standard }: SettingDefault): boolean | null {
  const normalize = (text: string): string => text.trim().replace(/\s+/g, ' ');
  return standard === null ? null : normalize(value) === normalize(standard);
}

function parseKernelVersion(release: string | undefined): KernelVersion | null {
  const match = /^\s*(\d+)\.(\d+)/.exec(release ?? '');
  return match === null ? null : { major: Number(match[1]), minor: Number(match[2]) };
}
