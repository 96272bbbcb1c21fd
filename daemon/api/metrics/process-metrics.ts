/** The metrics of the process: its CPU time, memory, start time and event loop. */
import { SECOND_MS } from '../../units.js';
import type { WireStatus } from '../../wire/status.js';
import { createCounter, createGauge, type MetricFamily } from './metric-family.js';

/**
 * @param status null before the first sample; the families that come from it are then absent.
 * @param cpuSeconds user and system CPU time at the scrape.
 */
export function listProcessFamilies(status: WireStatus | null, cpuSeconds: number): MetricFamily[] {
  const figures = status?.process ?? null;
  const startSeconds = status === null ? null : Date.parse(status.startedAt) / SECOND_MS;
  return [
    createCounter('process_cpu_seconds_total', 'User and system CPU time of the daemon, all threads.', cpuSeconds),
    createGauge('process_resident_memory_bytes', 'Resident memory of the daemon.', figures?.residentBytes ?? null),
    createGauge('process_start_time_seconds', 'Time at which the daemon started.', startSeconds),
    createGauge(
      'portcast_event_loop_delay_p99_seconds',
      'Delay of the event loop while the daemon works, 99th percentile.',
      figures?.eventLoopDelayP99Seconds ?? null,
    ),
  ];
}
