import { describe, expect, it } from 'vitest';
import { renderScrape } from '../../../daemon/api/metrics/scrape.js';
import { HEALTH_PARTS } from '../../../daemon/contracts.js';
import type { ApiData } from '../../../daemon/api/data.js';
import { scoreToWire } from '../../../daemon/wire/score.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { NOTHING_SCORED } from '../../builders/score-summary.js';
import { cannedData, startCanned } from '../../builders/api-server.js';
import { cannedHost, cannedPool, cannedPort, cannedStatus, NOW_MS } from '../../builders/wire-documents.js';

interface Series {
  readonly labels: Record<string, string>;
  readonly value: number;
}
interface Parsed {
  readonly types: Map<string, string>;
  readonly series: Map<string, Series[]>;
}

async function metricsOf(changes: Partial<ApiData> = {}): Promise<Parsed> {
  const { text } = await renderScrape(cannedData(changes), NOW_MS);
  const types = new Map<string, string>();
  const series = new Map<string, Series[]>();
  for (const line of text.split('\n').filter((each) => each !== '')) {
    const type = /^# TYPE (\S+) (\S+)$/.exec(line);
    if (type !== null) types.set(type[1] ?? '', type[2] ?? '');
    if (line.startsWith('#')) continue;
    const match = /^([a-z_0-9]+)(?:\{(.*)\})? (\S+)$/.exec(line);
    expect(match, line).not.toBeNull();
    const [, name = '', labelText = '', number = ''] = match ?? [];
    const labels: Record<string, string> = {};
    for (const [, key = '', text = ''] of labelText.matchAll(/(\w+)="((?:[^"\\]|\\.)*)"/g)) labels[key] = text;
    const value = number === '+Inf' ? Number.POSITIVE_INFINITY : Number(number);
    series.set(name, [...(series.get(name) ?? []), { labels, value }]);
  }
  return { types, series };
}

const valueOf = (parsed: Parsed, name: string): number | undefined => parsed.series.get(name)?.[0]?.value;
const pools = (list: WirePool[]): Partial<ApiData> => ({ pools: () => ({ host: cannedHost(), pools: list }) });

describe('/metrics', () => {
  it('has every figure under its name; exactly the counters end in _total', async () => {
    const parsed = await metricsOf();
    expect(Object.fromEntries([...parsed.series].map(([name, [first]]) => [name, first?.value]))).toMatchObject({
      portcast_build_info: 1,
      portcast_beats_total: 31,
      portcast_beats_missed_total: 1,
      portcast_dumps_total: 30,
      portcast_last_dump_timestamp_seconds: NOW_MS / 1000,
      portcast_dump_cost_seconds: 0.0005,
      portcast_store_size_bytes: 4096,
      portcast_mail_pending_messages: 1,
      portcast_host_tcp_time_wait_sockets: 745,
      portcast_host_tcp_time_wait_total: 9000,
      portcast_pools: 1,
      portcast_forecast_scored: 1200,
      portcast_forecast_brier_score: 0.0042,
      portcast_forecast_base_ratio: 0.02,
      portcast_forecast_error_median_seconds: 0.85,
      portcast_forecast_error_p95_seconds: 5.2,
      portcast_forecast_interval_coverage_ratio: 0.909,
      portcast_forecast_episodes: 4,
      portcast_forecast_failures: 5,
      portcast_forecast_failures_sudden: 1,
      portcast_forecast_missed_failures: 0,
      portcast_forecast_lead_seconds: 41,
      portcast_pool_capacity_ports: 1000,
      portcast_pool_used_ports: 755,
      portcast_pool_available_ports: 245,
      portcast_pool_live_ports: 10,
      portcast_pool_time_wait_ports: 745,
      portcast_pool_close_rate: 12,
      portcast_pool_sustainable_close_rate: 15.955,
      portcast_pool_pressure_ratio: 0.7546,
      portcast_pool_exhaustion_probability: 0.01,
      process_resident_memory_bytes: 90_000_000,
      process_start_time_seconds: NOW_MS / 1000,
      portcast_event_loop_delay_p99_seconds: 0.002,
    });
    expect(valueOf(parsed, 'process_cpu_seconds_total')).toBeGreaterThan(0);
    const counters = [...parsed.types].filter(([, type]) => type === 'counter').map(([name]) => name);
    expect(counters).toContain('portcast_beats_total');
    expect(counters).toEqual([...parsed.types.keys()].filter((name) => name.endsWith('_total')));
  });

  it('counts warnings by kind and verdict, and leaves out figures for which nothing was scored yet', async () => {
    const parsed = await metricsOf();
    expect(parsed.series.get('portcast_forecast_episodes')).toContainEqual({
      labels: { kind: 'alarm', verdict: 'unfulfilled' },
      value: 1,
    });
    const unscored = await metricsOf({ status: () => cannedStatus({ score: scoreToWire(NOTHING_SCORED) }) });
    expect(valueOf(unscored, 'portcast_forecast_scored')).toBe(0);
    for (const name of ['brier_score', 'error_median_seconds', 'interval_coverage_ratio', 'lead_seconds'])
      expect(unscored.series.has(`portcast_forecast_${name}`)).toBe(false);
  });

  it('leaves out an unknown figure instead of printing 0', async () => {
    const unknown = { closeRate: null, pressure: null, probability: null };
    const parsed = await metricsOf({ ...pools([cannedPool(unknown)]), counters: () => null });
    for (const name of [
      'portcast_pool_close_rate',
      'portcast_pool_pressure_ratio',
      'portcast_pool_exhaustion_seconds',
      'portcast_pool_exhaustion_probability',
      'portcast_host_tcp_time_wait_total',
    ]) {
      expect([name, parsed.series.has(name), parsed.types.has(name)]).toEqual([name, false, false]);
    }
    expect((await metricsOf()).series.has('portcast_host_tcp_time_wait_overflow_total')).toBe(false);
  });

  it.each<[string, Partial<WirePool>, number | undefined]>([
    [
      'an exhaustion is forecast: counted from the scrape',
      { exhaustsAt: new Date(NOW_MS + 40_500).toISOString() },
      40.5,
    ],
    ['the forecast time has passed', { exhaustsAt: new Date(NOW_MS - 5).toISOString() }, 0],
    ['the pool is exhausted', { mode: 'exhausted' }, 0],
    ['no exhaustion is forecast', {}, Number.POSITIVE_INFINITY],
    ['the pressure is unknown', { pressure: null }, undefined],
  ])('exhaustion_seconds when %s', async (_name, changes, seconds) => {
    expect(valueOf(await metricsOf(pools([cannedPool(changes)])), 'portcast_pool_exhaustion_seconds')).toBe(seconds);
  });

  it('labels the first fifty pools and sums the additive figures of the rest', async () => {
    const list = Array.from({ length: 53 }, (_, i) =>
      cannedPool({ id: `pool-${i}`, used: i, closeRate: i === 52 ? null : i }),
    );
    const parsed = await metricsOf(pools(list));
    const used = parsed.series.get('portcast_pool_used_ports') ?? [];
    expect(used).toHaveLength(51);
    expect(used[49]?.labels.pool).toBe('pool-49');
    expect(used.find(({ labels }) => labels.pool === 'other')?.value).toBe(50 + 51 + 52);
    const rate = parsed.series.get('portcast_pool_close_rate') ?? [];
    expect(rate.find(({ labels }) => labels.pool === 'other')?.value).toBe(50 + 51);
    for (const name of ['pressure_ratio', 'exhaustion_seconds', 'exhaustion_probability', 'sustainable_close_rate']) {
      expect(parsed.series.get(`portcast_pool_${name}`)).toHaveLength(50);
    }
    expect(valueOf(parsed, 'portcast_pools')).toBe(53);
    expect(used[0]?.labels).toEqual({
      pool: 'pool-0',
      local_address: '10.0.0.1',
      remote_address: '10.0.0.2',
      remote_port: '443',
      kind: 'connect',
    });
  });

  it('labels the fifty largest port series, in whatever order they come, and sums the rest', async () => {
    const list = Array.from({ length: 54 }, (_, i) =>
      cannedPort({
        id: `out_${i}`,
        port: i,
        direction: i % 2 === 0 ? 'out' : 'in',
        address: i % 2 === 0 ? '10.0.0.2' : null,
        states: { established: i, time_wait: 1 },
        total: i + 1,
      }),
    );
    const series = (await metricsOf({ ports: () => list })).series.get('portcast_port_sockets') ?? [];
    const others = series.filter(({ labels }) => labels.port === 'other');
    expect(series).toHaveLength(50 * 2 + 4);
    expect(others.map(({ labels, value }) => [labels.direction, labels.state, value])).toEqual([
      ['in', 'established', 1 + 3],
      ['in', 'time_wait', 2],
      ['out', 'established', 0 + 2],
      ['out', 'time_wait', 2],
    ]);
    expect(series.some(({ labels }) => labels.port === '3')).toBe(false);
  });

  it('counts health problems by part and alerts by rule and state', async () => {
    const status = cannedStatus({ health: 'blind', problems: [{ part: 'store', message: 'full', since: '' }] });
    const parsed = await metricsOf({ status: () => status });
    const problems = parsed.series.get('portcast_health_problem') ?? [];
    expect(problems.filter(({ value }) => value === 1).map(({ labels }) => labels.part)).toEqual(['store']);
    expect(problems).toHaveLength(HEALTH_PARTS.length);
    const alerts = parsed.series.get('portcast_alerts') ?? [];
    expect(alerts).toHaveLength(16);
    expect(alerts.filter(({ value }) => value === 1).map(({ labels }) => labels)).toEqual([
      { rule: 'imminent', state: 'firing' },
    ]);
    expect(valueOf(parsed, 'portcast_blind')).toBe(1);
  });

  it('escapes label values', async () => {
    const { text } = await renderScrape(cannedData(pools([cannedPool({ remoteAddress: 'a"b\\c\nd' })])), NOW_MS);
    expect(text).toContain('remote_address="a\\"b\\\\c\\nd"');
  });

  it('is served as the Prometheus text format', async () => {
    const { api, get } = await startCanned();
    const response = await get('/metrics');
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    expect(response.headers.get('cache-control')).toBe('no-store');
    expect(await response.text()).toContain('\nportcast_pools 1\n');
    await api.stop();
  });
});
