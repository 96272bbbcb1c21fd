/**
 * `npm run league`: runs all rows of the league, or some, and prints the table. Needs root and the build.
 *
 *   npm run league -- [--rows over,leak] [--parallel 12] [--write docs/real-sockets.md] [--json FILE]
 */
import { writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { startLeague, ticksPerSecond } from './league.js';
import type { Row } from './row.js';
import { ROWS } from './rows.js';
import { renderPage, renderPrecision, renderTable } from './table.js';

const { values } = parseArgs({
  options: {
    rows: { type: 'string' },
    parallel: { type: 'string', default: '12' },
    write: { type: 'string' },
    json: { type: 'string' },
  },
});

const rows = chosenRows(values.rows);
const parallel = wholeNumber('--parallel', values.parallel);
const hz = ticksPerSecond();
const startedMs = performance.now();
const running = startLeague(rows, { parallel, hz });
for (const [id, result] of running) {
  result.then(
    ({ faults }) => progress(`${id}: ${faults.length === 0 ? 'holds' : faults.join('; ')}`),
    (error: unknown) => progress(`${id}: did not run: ${String(error)}`),
  );
}
const settled = await Promise.allSettled(rows.flatMap((row) => running.get(row.id) ?? []));
const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));

console.log(`\n${renderTable(results)}\n\n${renderPrecision(results)}`);
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(results)}\n`);
if (values.write !== undefined) {
  if (results.length < ROWS.length)
    throw new Error(`--write wants every row, and ${results.length} of ${ROWS.length} ran`);
  writeFileSync(values.write, renderPage(results, { kernel: /^\d+\.\d+/.exec(release())?.[0] ?? release(), hz }));
}
const held = results.filter(({ faults }) => faults.length === 0).length;
console.log(`\n${held} of ${rows.length} rows hold; ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
if (held < rows.length) process.exitCode = 1;

function progress(line: string): void {
  console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${line}`);
}

function chosenRows(text: string | undefined): readonly Row[] {
  if (text === undefined) return ROWS;
  return text.split(',').map((id) => {
    const row = ROWS.find((each) => each.id === id);
    if (row === undefined) throw new Error(`no row "${id}"; there are ${ROWS.map((each) => each.id).join(', ')}`);
    return row;
  });
}

function wholeNumber(option: string, text: string): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0) return value;
  throw new Error(`${option} "${text}" is no whole number above 0`);
}
