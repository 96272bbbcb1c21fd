/** Runs the league of programs and prints its table. */
import { readFileSync, writeFileSync } from 'node:fs';
import { SECOND_MS } from '../../../../daemon/units.js';
import { gate } from '../league.js';
import { judgeProgram, type ProgramResult } from './judge-programs.js';
import { installPrograms } from './packages.js';
import { withProgramsSection } from './page-section.js';
import type { ProgramRow } from './program-row.js';
import { renderPrograms, renderProgramsSection } from './programs-table.js';
import { HTTP_ROWS } from './rows-http.js';
import { OTHER_ROWS } from './rows-other.js';
import { runProgramRow } from './run-program-row.js';
import { openWorkshop } from './workshop.js';

interface ProgramsOptions {
  /** How often each row runs. */
  readonly runs: number;
  readonly parallel: number;
  /** A part of the names or titles of the rows to run; undefined: all. */
  readonly only: string | undefined;
  /** The page whose section is written. */
  readonly write: string | undefined;
  readonly json: string | undefined;
}

export const PROGRAM_ROWS: readonly ProgramRow[] = [...OTHER_ROWS, ...HTTP_ROWS];

/** @returns whether every row holds in every run */
export async function runPrograms(options: ProgramsOptions): Promise<boolean> {
  const startedMs = performance.now();
  const say = (line: string): void => {
    console.error(`${((performance.now() - startedMs) / SECOND_MS).toFixed(0).padStart(4)} s  ${line}`);
  };
  const rows = chooseRows(options.only);
  if (options.write !== undefined && rows.length < PROGRAM_ROWS.length) {
    throw new Error(`--write wants every row, and --only "${options.only ?? ''}" leaves some out`);
  }
  installPrograms(
    rows.flatMap(({ needs }) => needs),
    say,
  );
  const results = await runAll(rows, options, say);
  const wanted = rows.length * options.runs;
  console.log(`\n${renderPrograms(results)}\n\n${reportFaults(results)}`);
  if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(results)}\n`);
  if (options.write !== undefined) {
    if (results.length < wanted) throw new Error(`--write wants every run, and ${results.length} of ${wanted} ran`);
    const page = readFileSync(options.write, 'utf8');
    writeFileSync(options.write, withProgramsSection(page, renderProgramsSection(results)));
  }
  const held = results.filter(({ faults }) => faults.length === 0).length;
  console.log(`\n${held} of ${wanted} runs hold; ${((performance.now() - startedMs) / SECOND_MS).toFixed(0)} s`);
  return held === wanted;
}

/** @returns the results of the runs that came to an end, in the order of the rows */
async function runAll(
  rows: readonly ProgramRow[],
  { runs, parallel }: ProgramsOptions,
  say: (line: string) => void,
): Promise<ProgramResult[]> {
  const workshop = openWorkshop();
  const running = gate(parallel);
  const starting = gate(1);
  // The longest first, so that no long row is left alone in the end.
  const longestFirst = rows.toSorted((a, b) => b.seconds - a.seconds);
  const turns = Array.from({ length: runs }, (_, run) => longestFirst.map((row) => ({ row, run: run + 1 }))).flat();
  try {
    const settled = await Promise.allSettled(
      turns.map(({ row, run }) =>
        running(async () => {
          try {
            const result = judgeProgram(row, await runProgramRow(row, run, workshop, starting));
            say(`${row.id} ${run}: ${result.faults.length === 0 ? 'holds' : result.faults.join('; ')}`);
            return result;
          } catch (error) {
            say(`${row.id} ${run}: did not run: ${String(error)}`);
            throw error;
          }
        }),
      ),
    );
    const results = settled.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []));
    return results.toSorted((a, b) => rows.indexOf(a.row) - rows.indexOf(b.row));
  } finally {
    workshop.close();
  }
}

/** @throws where no row's name or title contains the text */
export function chooseRows(only: string | undefined): readonly ProgramRow[] {
  if (only === undefined) return PROGRAM_ROWS;
  const text = only.toLowerCase();
  const chosen = PROGRAM_ROWS.filter(({ id, title }) => `${id}\n${title}`.toLowerCase().includes(text));
  if (chosen.length > 0) return chosen;
  throw new Error(
    `--only "${only}" is in no row's name or title; there are ${PROGRAM_ROWS.map(({ id }) => id).join(', ')}`,
  );
}

/** For each run its faults, and what was said: the summaries of false alarms, else the last sentence about the pool. */
function reportFaults(results: readonly ProgramResult[]): string {
  return results
    .map(({ row, said, falseAlarms, faults }) => {
      const words = falseAlarms.length === 0 ? [said] : falseAlarms.map(({ summary }) => summary);
      return `${row.id}: ${faults.join('; ') || 'holds'}\n    ${words.join('\n    ')}`;
    })
    .join('\n');
}
