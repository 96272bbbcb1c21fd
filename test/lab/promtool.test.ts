/** /metrics checked by Prometheus' own linter. Needs `promtool` (Debian package `prometheus`) and fails without it. */
import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { cannedData, startCanned } from '../builders/api-server.js';
import { cannedAlert, cannedHost, cannedPool, cannedPort, cannedStatus } from '../builders/wire-documents.js';

function promtool(text: string): { status: number | null; output: string } {
  const result = spawnSync('promtool', ['check', 'metrics'], { input: text, encoding: 'utf8', timeout: 20_000 });
  if (result.error !== undefined) throw new Error(`promtool cannot run: ${result.error.message}`);
  return { status: result.status, output: result.stdout + result.stderr };
}

describe('promtool check metrics', () => {
  it('reports a counter without the suffix _total', () => {
    const { status, output } = promtool('# HELP a_total A.\n# TYPE a_total gauge\na_total 1\n');
    expect(status).toBe(3);
    expect(output).toContain('_total');
  });

  it.each([
    ['one pool', cannedData()],
    ['before the first sample', cannedData({ status: () => null, pools: () => null, ports: () => [] })],
    [
      'more pools and ports than labels',
      cannedData({
        status: () => cannedStatus({ alerts: [cannedAlert()], problems: [{ part: 'mail', message: '', since: '' }] }),
        pools: () => ({
          host: cannedHost(),
          pools: Array.from({ length: 60 }, (_, i) => cannedPool({ id: `p${i}`, remoteAddress: `a"\\\n${i}` })),
        }),
        ports: () => Array.from({ length: 60 }, (_, i) => cannedPort({ id: `o${i}`, port: i })),
      }),
    ],
  ])('passes with %s', async (_name, data) => {
    const { api, get } = await startCanned(data);
    const text = await (await get('/metrics')).text();
    await api.stop();
    expect(promtool(text)).toEqual({ status: 0, output: '' });
  });
});
