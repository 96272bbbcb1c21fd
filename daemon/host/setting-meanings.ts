/** What each setting means on this host, in one sentence with its numbers. */
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../units.js';
import { SETTING_COUNTS } from './kernel-settings.js';
import type { SettingValues } from './limit-settings.js';
import { countReservedPorts, type HostLimits } from './limits.js';
import type { Granularity } from './release-granularity.js';
import { findOrphanLifeMs } from './orphan-life.js';
import { findSynLifeMs } from './syn-timing.js';

export interface SettingFacts {
  readonly limits: HostLimits;
  readonly granularity: Granularity;
  readonly values: SettingValues;
  /** Ports that a destination not yet in use could take. */
  readonly unusedCapacity: number;
  /** Sockets in TIME_WAIT and orphans of the whole namespace now; null where they are not counted. */
  readonly timeWait: number | null;
  readonly orphans: number | null;
}

type Explain = (value: string, facts: SettingFacts) => string;

/** The sum of the steps of TCP_RTO_MIN doubling up to TCP_RTO_MAX, as ip-sysctl.rst states it for 15 retries. */
const FIRST_RETRY_MS = SECOND_MS / 5;
const LONGEST_RETRY_MS = 120 * SECOND_MS;
/** The probes that follow `tcp_keepalive_time`, with the default number and distance. */
const KEEPALIVE_PROBES_MS = 9 * 75 * SECOND_MS;
/** A number of descriptors above this is no limit in practice. */
const NO_LIMIT = 2 ** 40;

const MEANINGS: Readonly<Record<string, Explain>> = {
  'net.ipv4.ip_local_port_range'(_value, { limits, unusedCapacity }) {
    const { first, last } = limits.range;
    return (
      `connect() takes local ports from ${first} to ${last}: ${formatCount(last - first + 1)} ports, of which one ` +
      `destination can use ${formatCount(unusedCapacity)}`
    );
  },
  'net.ipv4.ip_local_reserved_ports'(value, { limits }) {
    const reserved = countReservedPorts(limits);
    if (value.trim() === '')
      return 'no port is kept from connect(): a service that listens inside the range may find its port taken';
    return reserved === 0
      ? 'none of these ports lies in the range, so they take nothing from connect()'
      : `${formatCount(reserved)} ports of the range are never given to connect() and bind(0)`;
  },
  'net.ipv4.ip_autobind_reuse': (value) =>
    isZero(value)
      ? 'bind(address, 0) never shares a port, so clients that bind first need one port for each connection'
      : 'bind(address, 0) may share a port between sockets with SO_REUSEADDR when no other port is free',
  'net.ipv4.ip_local_port_step_width': (value) =>
    `connect() goes through the range in steps of ${value} ports; it changes no limit`,
  'net.ipv4.tcp_tw_reuse'(value, { limits }) {
    const without = limits.timestamps ? '' : ', which has no effect here because tcp_timestamps is 0';
    if (value === '1')
      return `connect() may take a port from TIME_WAIT ${afterDelay(limits)} when both ends use timestamps${without}`;
    if (value === '2')
      return `connect() may take a port from TIME_WAIT ${afterDelay(limits)} on loopback only; other destinations wait the full time${without}`;
    return `a port in TIME_WAIT is never taken early: each close keeps its port for ${formatDuration(limits.timeWaitMs)}`;
  },
  'net.ipv4.tcp_tw_reuse_delay'(value, { limits, unusedCapacity }) {
    if (limits.twReuse === 0) return 'it has no effect while tcp_tw_reuse is 0';
    const rate = (unusedCapacity / Math.max(1, Number(value))) * SECOND_MS;
    return `where reuse works, a port can be taken again ${formatDuration(Number(value))} after the close, so one destination sustains ${formatRate(rate)} closes/s`;
  },
  'net.ipv4.tcp_tw_timeout': (value, facts) =>
    explainTimeWait(`each close keeps its port in TIME_WAIT for ${value} s`, facts),
  'net.ipv4.tcp_timestamps': (value, { limits }) =>
    isZero(value)
      ? 'without timestamps no port can be taken from TIME_WAIT early, whatever tcp_tw_reuse says'
      : `timestamps are offered, which reuse of TIME_WAIT ports needs at both ends (tcp_tw_reuse is ${limits.twReuse ?? 'not on this system'})`,
  'net.ipv4.tcp_max_tw_buckets'(value, { unusedCapacity, timeWait }) {
    const now = timeWait === null ? '' : `, ${formatCount(timeWait)} are there now`;
    const cap = `the host keeps at most ${formatCount(Number(value))} sockets in TIME_WAIT${now}`;
    return Number(value) < unusedCapacity
      ? `${cap}; that is less than the ${formatCount(unusedCapacity)} ports of one destination, so TIME_WAIT alone does not exhaust them`
      : `${cap}; one destination runs out before`;
  },
  'net.ipv4.tcp_fin_timeout': (value, { limits }) =>
    `a closed connection whose other side does not close holds its port in FIN_WAIT2 for ${value} s; TIME_WAIT stays ${formatDuration(limits.timeWaitMs)}`,
  'net.ipv4.tcp_max_orphans'(value, { orphans }) {
    const now = orphans === null ? '' : `, ${formatCount(orphans)} are there now`;
    return `at most ${formatCount(Number(value))} closed sockets wait for their other side${now}; beyond that the kernel resets them`;
  },
  'net.ipv4.tcp_orphan_retries': (value, { limits }) =>
    `a closed connection to a peer that is gone holds its port for about ${formatDuration(findOrphanLifeMs(limits))}` +
    (isZero(value) ? ' (0 stands for 8 retries)' : ''),
  'net.ipv4.tcp_syn_retries': (_value, { limits, granularity }) =>
    `a connect() that nobody answers holds its port for up to ${formatDuration(findSynLifeMs(limits, granularity.hz))}`,
  'net.ipv4.tcp_syn_linear_timeouts': (value) =>
    isZero(value)
      ? 'each repeated SYN waits twice as long as the one before'
      : `the first ${value} repeated SYNs follow a second apart, then each waits twice as long`,
  'net.ipv4.tcp_retries2': (value) =>
    `an open connection with unsent data whose peer is gone holds its port for about ${formatDuration(sumRetries(Number(value)))}`,
  'net.ipv4.tcp_keepalive_time': (value) =>
    `an idle connection with SO_KEEPALIVE whose peer is gone holds its port for about ${formatDuration(Number(value) * SECOND_MS + KEEPALIVE_PROBES_MS)}; without SO_KEEPALIVE for ever`,
  'fs.file-max'(value, { values }) {
    const [open] = (values[SETTING_COUNTS['fs.file-max']] ?? '').split(/\s+/).map(Number);
    const now = open === undefined || !Number.isFinite(open) || open === 0 ? '' : `; ${formatCount(open)} are open now`;
    return Number(value) > NO_LIMIT
      ? `all processes together may open as many files and sockets as they like${now}`
      : `all processes together may open ${formatCount(Number(value))} files and sockets${now}`;
  },
  'fs.nr_open': (value, { unusedCapacity }) =>
    `no process can raise its descriptor limit above ${formatCount(Number(value))}` +
    (Number(value) < unusedCapacity
      ? ', so it runs out of descriptors (EMFILE) before one destination runs out of ports'
      : ''),
  'net.netfilter.nf_conntrack_max'(value, { values }) {
    const count = Number(values[SETTING_COUNTS['net.netfilter.nf_conntrack_max']] ?? NaN);
    const share = Number.isFinite(count)
      ? `; ${formatCount(count)} are there now (${formatPercent(count / Math.max(1, Number(value)))})`
      : '';
    return `connection tracking holds at most ${formatCount(Number(value))} connections${share}; when it is full new connections are dropped, whatever ports are free`;
  },
  'kernel.osrelease': (value, { limits }) =>
    limits.skipsBoundPorts === true
      ? `Linux ${value}: connect() skips a port that was bound before, until its last socket is gone`
      : `Linux ${value}`,
};

/** Null for a setting that has no sentence. */
export function explainSetting(name: string, value: string, facts: SettingFacts): string | null {
  return MEANINGS[name]?.(value, facts) ?? null;
}

/** The length of TIME_WAIT, which no setting of a plain Linux changes. */
export function explainTimeWaitLength({ limits, ...facts }: SettingFacts): string {
  const assumed = limits.timeWaitAssumed ? ' (assumed, it cannot be read)' : '';
  return explainTimeWait(`each close keeps its port for ${formatDuration(limits.timeWaitMs)}${assumed}`, {
    limits,
    ...facts,
  });
}

export function explainTick({ granularity, limits }: SettingFacts): string {
  const { hz, timeWaitMs, learned } = granularity;
  const step = `ports come free in batches every ${formatDuration(timeWaitMs)}, so a close keeps its port for ${seconds(limits.timeWaitMs)} to ${seconds(limits.timeWaitMs + timeWaitMs)} s`;
  if (learned) return `${step} (seen on this host)`;
  return hz === null ? `${step} at most; the tick rate is not known yet` : `${step} at most`;
}

function explainTimeWait(start: string, { limits, granularity, unusedCapacity }: SettingFacts): string {
  const rate = unusedCapacity / ((limits.timeWaitMs + granularity.timeWaitMs) / SECOND_MS);
  return `${start}, so one destination sustains ${formatRate(rate)} closes/s`;
}

function afterDelay({ twReuseDelayMs, twReuseBySecond }: HostLimits): string {
  return twReuseBySecond === true
    ? 'in the second after the close'
    : `${formatDuration(twReuseDelayMs)} after the close`;
}

function sumRetries(retries: number): number {
  let sumMs = 0;
  for (let sent = 0; sent <= Math.min(255, retries); sent++)
    sumMs += Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** sent);
  return sumMs;
}

function seconds(ms: number): string {
  return String(Number((ms / SECOND_MS).toFixed(1)));
}

function isZero(value: string): boolean {
  return Number(value) === 0;
}
