/** The metrics of the host, its limits and its kernel counters: `portcast_host_*`. */
import type { HostCounters } from '../../host/counters.js';
import type { WireHost } from '../../wire/host.js';
import { createCounter, createGauge, type MetricFamily } from './metric-family.js';

/**
 * @param counters null before the first reading; a counter that the system does not have is absent.
 * @param entered see `TimeWaitCounter.entered`
 */
export function listHostFamilies(
  host: WireHost,
  counters: HostCounters | null,
  entered: number | null,
): MetricFamily[] {
  return [
    ...listLimitFamilies(host),
    ...listSocketFamilies(counters),
    ...listTimeWaitFamilies(counters),
    createCounter(
      'portcast_host_tcp_time_wait_entered_total',
      'Sockets that entered TIME_WAIT since portcast has learned what TcpExt TW counts on this kernel, on every kernel the same.',
      entered,
    ),
  ];
}

function listLimitFamilies(host: WireHost): MetricFamily[] {
  return [
    createGauge('portcast_host_capacity_ports', 'Ports that a destination not yet in use can take.', host.capacity),
    createGauge(
      'portcast_host_sustainable_close_rate',
      'Closes per second that a destination not yet in use can sustain.',
      host.sustainableRate,
    ),
    createGauge('portcast_host_time_wait_seconds', 'How long TIME_WAIT lasts.', host.timeWaitSeconds),
    createGauge('portcast_host_max_tw_buckets', 'Value of net.ipv4.tcp_max_tw_buckets.', host.twBuckets),
  ];
}

function listSocketFamilies(counters: HostCounters | null): MetricFamily[] {
  return [
    createGauge('portcast_host_tcp_inuse_sockets', 'sockstat TCP inuse.', counters?.inUse ?? null),
    createGauge(
      'portcast_host_tcp_orphan_sockets',
      'sockstat TCP orphan, of the whole host.',
      counters?.orphan ?? null,
    ),
    createGauge('portcast_host_tcp_time_wait_sockets', 'sockstat TCP tw.', counters?.timeWait ?? null),
    createGauge(
      'portcast_host_tcp_allocated_sockets',
      'sockstat TCP alloc, of the whole host.',
      counters?.alloc ?? null,
    ),
    createGauge('portcast_host_tcp_established_sockets', 'snmp Tcp CurrEstab.', counters?.currEstab ?? null),
    createCounter('portcast_host_tcp_active_opens_total', 'snmp Tcp ActiveOpens.', counters?.activeOpens ?? null),
    createCounter('portcast_host_tcp_passive_opens_total', 'snmp Tcp PassiveOpens.', counters?.passiveOpens ?? null),
  ];
}

function listTimeWaitFamilies(counters: HostCounters | null): MetricFamily[] {
  return [
    createCounter(
      'portcast_host_tcp_time_wait_total',
      'netstat TcpExt TW: sockets that entered TIME_WAIT (since about Linux 5.18) or left it (older kernels). Those with a timer of at most 4 s are in TWKilled.',
      counters?.tw ?? null,
    ),
    createCounter(
      'portcast_host_tcp_time_wait_recycled_total',
      'netstat TcpExt TWRecycled: TIME_WAIT ports that connect() reused.',
      counters?.twRecycled ?? null,
    ),
    createCounter(
      'portcast_host_tcp_time_wait_killed_total',
      'netstat TcpExt TWKilled: like TW, for sockets with a timer of at most 4 s.',
      counters?.twKilled ?? null,
    ),
    createCounter(
      'portcast_host_tcp_time_wait_overflow_total',
      'netstat TcpExt TCPTimeWaitOverflow: closed connections that skipped TIME_WAIT because tcp_max_tw_buckets was reached.',
      counters?.twOverflow ?? null,
    ),
  ];
}
