/** /metrics in the Prometheus text format: a registry of its own, filled at scrape time. */
import { Counter, Gauge, Registry } from 'prom-client';
import type { ApiData } from './data.js';
import {
  listDaemonFamilies,
  listHostFamilies,
  listPoolFamilies,
  listPortFamilies,
  listProcessFamilies,
  listScoreFamilies,
  type Family,
} from './metric-families.js';

interface Scrape {
  readonly contentType: string;
  readonly text: string;
}

/** One scrape. The registry lives only as long: no series outlives its pool, and two scrapes cannot mix. */
export async function scrape(data: ApiData, nowMs: number): Promise<Scrape> {
  const status = data.status();
  const registry = new Registry();
  const families = [
    ...(status === null ? [] : listDaemonFamilies(status)),
    ...(status === null ? [] : listScoreFamilies(status.score)),
    ...(status === null ? [] : listHostFamilies(status.host, data.counters())),
    ...listProcessFamilies(status, cpuSeconds()),
    ...listPoolFamilies(data.pools()?.pools ?? [], nowMs),
    ...listPortFamilies(data.ports()),
  ];
  for (const family of families) register(registry, family);
  return { contentType: registry.contentType, text: await registry.metrics() };
}

/** A family without a known point stays out: registered bare, it would read 0. */
function register(registry: Registry, family: Family): void {
  const known = family.points.filter((point) => point.value !== null);
  const [first] = known;
  if (first === undefined) return;
  const { name, help } = family;
  const options = { name, help, labelNames: Object.keys(first.labels), registers: [registry] };
  const metric = family.type === 'counter' ? new Counter(options) : new Gauge(options);
  for (const { labels, value } of known) metric.inc(labels, value ?? 0);
}

function cpuSeconds(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
}
