/** The settings of a host by name, with their values as text: what is compared to see that one was changed. */
import type { HostLimits, PortRange } from './limits.js';

/** By the name of the sysctl, values as the kernel writes them. */
export type SettingValues = Readonly<Record<string, string>>;

const IPV4 = 'net.ipv4.';
/** A longer value is kept in short: a list of reserved ports may have 32,768 entries. */
const MAX_VALUE_LENGTH = 1000;

/**
 * The settings that limit ports or how long they are held. A change of one is recorded as a change of the host; of the
 * other settings only the time of their last change is known.
 */
export const LIMIT_SETTINGS: readonly string[] = [
  'ip_local_port_range',
  'ip_local_reserved_ports',
  'tcp_tw_reuse',
  'tcp_tw_reuse_delay',
  'tcp_tw_timeout',
  'tcp_timestamps',
  'tcp_max_tw_buckets',
  'tcp_fin_timeout',
  'tcp_syn_retries',
  'tcp_syn_linear_timeouts',
  'tcp_orphan_retries',
  'ip_autobind_reuse',
].map((name) => IPV4 + name);

/** The settings that the limits say, for a host whose source reads no others. */
export function listLimitSettings(limits: HostLimits): SettingValues {
  const { range, reservedPorts, twReuse, maxTwBuckets, synRetries, synLinearTimeouts, orphanRetries } = limits;
  const values: Readonly<Record<string, string | number | null>> = {
    ip_local_port_range: `${range.first}\t${range.last}`,
    ip_local_reserved_ports: reservedPorts.map(formatRange).join(','),
    tcp_tw_reuse: twReuse,
    tcp_tw_reuse_delay: limits.twReuseBySecond === true ? null : limits.twReuseDelayMs,
    tcp_timestamps: Number(limits.timestamps),
    tcp_max_tw_buckets: maxTwBuckets,
    tcp_fin_timeout: limits.finTimeoutMs / 1000,
    tcp_syn_retries: synRetries,
    tcp_syn_linear_timeouts: synLinearTimeouts,
    tcp_orphan_retries: orphanRetries,
  };
  const known = Object.entries(values).flatMap(([name, value]) =>
    value === null ? [] : [[IPV4 + name, shortenValue(String(value))] as const],
  );
  return Object.fromEntries(known);
}

function formatRange({ first, last }: PortRange): string {
  return first === last ? String(first) : `${first}-${last}`;
}

/** A value that is too long as its begin with its length and a checksum, so that it still differs when it is changed. */
export function shortenValue(value: string): string {
  if (value.length <= MAX_VALUE_LENGTH) return value;
  // FNV-1a.
  let sum = 0x811c9dc5;
  for (let index = 0; index < value.length; index++) sum = Math.imul(sum ^ value.charCodeAt(index), 0x01000193) >>> 0;
  return `${value.slice(0, MAX_VALUE_LENGTH)}... (${value.length} characters, checksum ${sum.toString(16)})`;
}
