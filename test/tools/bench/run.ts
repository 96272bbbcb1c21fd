/** Runs all benchmarks, or those named on the command line: `npm run bench -- sampling storage`. */
import { benchDaemon } from './daemon.js';
import { benchForecast } from './forecast.js';
import type { BenchResult } from './bench.js';
import { benchChanges } from './changes.js';
import { benchPage } from './page.js';
import { benchPanning } from './panning.js';
import { benchSampling } from './sampling.js';
import { benchStorage } from './storage.js';
import { benchTracing } from './tracing.js';

const BENCHES: Readonly<Record<string, () => Promise<BenchResult>>> = {
  sampling: benchSampling,
  forecast: benchForecast,
  changes: benchChanges,
  storage: benchStorage,
  tracing: benchTracing,
  daemon: benchDaemon,
  page: benchPage,
  panning: benchPanning,
};

function table(result: BenchResult): string {
  const rows = result.rows.map(({ what, value, unit, limit, ok }) => {
    const figure = `${Number(value.toPrecision(3))} ${unit}`.trim();
    const bound = limit === null ? '' : `at most ${limit} ${unit}`.trim();
    return `| ${what} | ${figure} | ${bound} | ${limit === null ? '' : ok ? 'ok' : 'MISSED'} |`;
  });
  return [
    `### ${result.name}`,
    '',
    '| what | figure | wanted | |',
    '|---|---|---|---|',
    ...rows,
    ...(result.notes.length > 0 ? ['', ...result.notes.map((note) => `- ${note}`)] : []),
    '',
  ].join('\n');
}

const asked = process.argv.slice(2);
const unknown = asked.filter((name) => !(name in BENCHES));
if (unknown.length > 0) {
  console.error(`unknown benchmark ${unknown.join(', ')}; there are ${Object.keys(BENCHES).join(', ')}`);
  process.exit(2);
}
let missed = 0;
for (const [name, bench] of Object.entries(BENCHES)) {
  if (asked.length > 0 && !asked.includes(name)) continue;
  const result = await bench();
  missed += result.rows.filter((row) => !row.ok).length;
  console.log(table(result));
}
process.exit(missed === 0 ? 0 : 1);
