/** The table of the league of programs, its section of the page, and the choice of rows. */
import { describe, expect, it } from 'vitest';
import type { ProgramResult } from './judge-programs.js';
import { keepProgramsSection, withProgramsSection } from './page-section.js';
import { programRow, type ProgramRow } from './program-row.js';
import { chooseRows, PROGRAM_ROWS } from './programs.js';
import { renderPrograms, renderProgramsSection } from './programs-table.js';

const rowOf = (title: string, expects: ProgramRow['expects']): ProgramRow =>
  programRow({ id: title, title, ports: 1000, programs: [], expects, seconds: 60, usedAtLeast: 0 });
const over = rowOf('over', 'exhausts');
const under = rowOf('under', 'silent');

const result = (row: ProgramRow, more: Partial<ProgramResult> = {}): ProgramResult => ({
  row,
  failedAtS: null,
  failed: 0,
  printedFailures: 0,
  mostUsed: 700,
  leadS: null,
  falseAlarms: [],
  said: '',
  trace: [],
  faults: [],
  ...more,
});
const failing = (leadS: number | null, more: Partial<ProgramResult> = {}): ProgramResult =>
  result(over, { failedAtS: 40, failed: 1200, printedFailures: 3, mostUsed: 1000, leadS, ...more });
const lastLines = (runs: readonly ProgramResult[]): string[] =>
  renderPrograms(runs)
    .split('\n')
    .slice(2)
    .map((line) => line.replace(/ +/g, ' '));

describe('the table of programs', () => {
  it('has one line for each row, with the ranges of its runs', () => {
    const runs = [failing(30), result(under), failing(12.5, { failedAtS: 41.26 }), result(under, { mostUsed: 690 })];
    expect(lastLines(runs)).toEqual([
      '| over | 1,000 | 40.0 s to 41.3 s | 1,200 | 3 | 1,000 | 12.5 s to 30.0 s | none | yes |',
      '| under | 1,000 | never | 0 | 0 | 690 to 700 | | none | yes |',
    ]);
  });

  it('tells missed warnings, false alarms and runs that do not hold', () => {
    const runs = [
      failing(30),
      failing(null, { faults: ['not warned'] }),
      result(under, { falseAlarms: [{ rule: 'leak', atS: 1, summary: '' }], faults: ['false alarm: x'] }),
    ];
    expect(lastLines(runs)).toEqual([
      '| over | 1,000 | 40.0 s | 1,200 | 3 | 1,000 | 30.0 s, 1 not warned | none | **1 of 2** |',
      '| under | 1,000 | never | 0 | 0 | 700 | | in 1 of 1 | **0 of 1** |',
    ]);
    expect(lastLines([failing(null)])[0]).toContain('| not warned |');
    const section = renderProgramsSection(runs);
    expect(section).toContain('0 of 2 rows hold.');
    expect(section).toContain('- over: not warned.\n- under: false alarm: x.\n');
    expect(renderProgramsSection([failing(30)])).toContain('All 1 rows hold.');
  });
});

describe('the section of the page', () => {
  const BODY = '# Page\n\nThe body.\n';

  it('is added, then replaced, and does not touch the body', () => {
    const page = withProgramsSection(BODY, 'first\n');
    expect(page).toBe('# Page\n\nThe body.\n\n## Real programs\n\nfirst\n');
    expect(withProgramsSection(page, 'second')).toBe('# Page\n\nThe body.\n\n## Real programs\n\nsecond\n');
  });

  it('survives a new body', () => {
    const page = withProgramsSection(BODY, 'kept');
    expect(keepProgramsSection('# Page\n\nNew.\n', page)).toBe('# Page\n\nNew.\n\n## Real programs\n\nkept\n');
    expect(keepProgramsSection('# Page\n\nNew.\n', BODY)).toBe('# Page\n\nNew.\n');
    expect(keepProgramsSection('# Page\n', '')).toBe('# Page\n');
  });
});

describe('the rows of programs', () => {
  it('have names that differ and fit into the name of a namespace', () => {
    expect(new Set(PROGRAM_ROWS.map(({ id }) => id)).size).toBe(PROGRAM_ROWS.length);
    for (const { id } of PROGRAM_ROWS) expect(id).toMatch(/^[a-z]{1,12}$/);
  });

  it('are chosen by a part of their name or title, in either case', () => {
    expect(chooseRows(undefined)).toBe(PROGRAM_ROWS);
    expect(chooseRows('HAPROXY').map(({ id }) => id)).toEqual(['hatcp', 'hanever', 'hareuse']);
    expect(() => chooseRows('oracle')).toThrow(/--only "oracle" is in no row's name or title; there are pgbench, /);
  });
});
