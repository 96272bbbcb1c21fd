/**
 * `npm run league`: runs all rows of the league, or some, and prints the table. Needs root and the build.
 *
 *   npm run league -- [--rows over,leak] [--parallel 12] [--write docs/real-sockets.md] [--json FILE]
 *   npm run league -- --programs [--only TEXT] [--runs 3] [--parallel 2] [--write docs/real-sockets.md] [--json FILE]
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { release } from 'node:os';
import { parseArgs } from 'node:util';
import { startLeague, ticksPerSecond } from './league.js';
import { keepProgramsSection } from './programs/page-section.js';
import { runPrograms } from './programs/programs.js';
import type { Row } from './row.js';
import { ROWS } from './rows.js';
import { renderPage, renderPrecision, renderTable } from './table.js';

/** A paced client mostly waits. Real programs work, and two rows of them keep two cores busy. */
const PACED_AT_ONCE = '12';
const PROGRAMS_AT_ONCE = '2';

const { values } = parseArgs({
  options: {
    programs: { type: 'boolean', default: false },
    only: { type: 'string' },
    runs: { type: 'string' },
    rows: { type: 'string' },
    parallel: { type: 'string' },
    write: { type: 'string' },
    json: { type: 'string' },
  },
});
for (const option of values.programs ? (['rows'] as const) : (['only', 'runs'] as const)) {
  const kind = values.programs ? 'without' : 'with';
  if (values[option] !== undefined) throw new Error(`--${option} is allowed ${kind} --programs only`);
}
const parallel = wholeNumber('--parallel', values.parallel ?? (values.programs ? PROGRAMS_AT_ONCE : PACED_AT_ONCE));
const allHeld = values.programs
  ? await runPrograms({
      runs: wholeNumber('--runs', values.runs ?? '3'),
      parallel,
      only: values.only,
      write: values.write,
      json: values.json,
    })
  : await runPaced(chosenRows(values.rows));
if (!allHeld) process.exitCode = 1;

/** @returns whether every row holds */
async function runPaced(rows: readonly Row[]): Promise<boolean> {
  const hz = ticksPerSecond();
  const startedMs = performance.now();
  const progress = (line: string): void => {
    console.error(`${((performance.now() - startedMs) / 1000).toFixed(0).padStart(4)} s  ${line}`);
  };
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
    const page = renderPage(results, { kernel: /^\d+\.\d+/.exec(release())?.[0] ?? release(), hz });
    const old = existsSync(values.write) ? readFileSync(values.write, 'utf8') : '';
    writeFileSync(values.write, keepProgramsSection(page, old));
  }
  const held = results.filter(({ faults }) => faults.length === 0).length;
  console.log(`\n${held} of ${rows.length} rows hold; ${((performance.now() - startedMs) / 1000).toFixed(0)} s`);
  return held === rows.length;
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
