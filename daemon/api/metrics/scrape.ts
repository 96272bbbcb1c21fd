/** `GET /metrics`: every metric family of the daemon, in the Prometheus text format. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { ApiData } from '../data.js';
import { listChangeFamilies } from './change-metrics.js';
import { listDaemonFamilies } from './daemon-metrics.js';
import { listHostFamilies } from './host-metrics.js';
import type { MetricFamily } from './metric-family.js';
import { listPoolFamilies } from './pool-metrics.js';
import { listPortFamilies } from './port-metrics.js';
import { listProcessFamilies } from './process-metrics.js';
import { listScoreFamilies } from './score-metrics.js';

const MICROSECONDS_PER_SECOND = 1e6;

interface Scrape {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Renders one scrape. The registry is new for each: a pool that is gone leaves no series behind, and two scrapes at the
 * same time do not mix.
 */
export async function renderScrape(data: ApiData, nowMs: number): Promise<Scrape> {
  const status = data.status();
  const registry = new Registry();
  const families = [
    ...(status === null ? [] : listDaemonFamilies(status)),
    ...(status === null ? [] : listScoreFamilies(status.score)),
    ...(status === null ? [] : listHostFamilies(status.host, data.counters(), data.timeWaitEntered())),
    ...listChangeFamilies(data.changeCounts()),
    ...listProcessFamilies(status, readCpuSeconds()),
    ...listPoolFamilies(data.pools(), nowMs),
    ...listPortFamilies(data.ports(), data.unlistedPorts()),
  ];
  for (const family of families) addFamily(registry, family);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** Leaves out a family without any value: prom-client would print it as 0. */
function addFamily(registry: Registry, { name, help, type, points }: MetricFamily): void {
  const [first] = points.filter((point) => point.value !== null);
  if (first === undefined) return;
  const options = { name, help, labelNames: Object.keys(first.labels), registers: [registry] };
  const metric = type === 'counter' ? new Counter(options) : new Gauge(options);
  for (const { labels, value } of points) if (value !== null) metric.inc(labels, value);
}

function readCpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / MICROSECONDS_PER_SECOND;
}
