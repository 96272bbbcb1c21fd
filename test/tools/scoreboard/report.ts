/** The scoreboard as Markdown: the same figures give the same bytes. */
import type { CaseFigures } from './case-figures.js';
import type { Limit, Limits } from './limits.js';
import { standings, tradeOff } from './standings.js';
import { deciles, summarize, type Figure } from './summary.js';

export interface Part {
  readonly title: string;
  readonly capacity: number;
  /** The cases of each set of seeds, by its name. */
  readonly sets: Readonly<Record<string, readonly CaseFigures[]>>;
}

export function renderPart({ title, capacity, sets }: Part, limits: Limits): string {
  const names = Object.keys(sets);
  const figures = names.map((name) => summarize(sets[name] ?? []));
  const [first = []] = figures;
  const all = names.flatMap((name) => sets[name] ?? []);
  const rows = first.flatMap((figure, i) => {
    if (figures.every((set) => Number.isNaN(set[i]?.value ?? NaN))) return [];
    const limit = limits[String(capacity)]?.[figure.key];
    const values = figures.map((set) => format(set[i]));
    const last = figures.at(-1)?.[i] ?? figure;
    return [
      [figure.what, limitText(limit, figure), ...values, oracleText(last), measuredText(last), String(last.cases)],
    ];
  });
  return [
    `### ${title}`,
    '',
    table(['what', 'limit', ...names, 'knows the rate', 'measures it since the change', 'cases'], rows),
    '',
    `Everybody on the same samples (${names.join(' and ')} together, far cases):`,
    '',
    table(
      ['who warns', 'missed', 'unjustified', 'unfulfilled', 'lead'],
      standings(all).map((each) => [
        each.who,
        `${each.missed} of ${each.failing}`,
        `${each.unjustified} of ${each.cases}`,
        `${each.unfulfilled} of ${each.cases}`,
        share(each.lead),
      ]),
    ),
    '',
    ...burstTables(all),
    `By family (${names.join(' and ')} together, far cases; cases with at least one such episode):`,
    '',
    table(['family', 'cases', 'far', 'fail', 'missed', 'unjustified', 'unfulfilled'], families(all)),
    '',
  ].join('\n');
}

function burstTables(all: readonly CaseFigures[]): string[] {
  const moments = all.flatMap(({ bursts }) => bursts);
  if (moments.length === 0) return [];
  return [
    'What was said during bursts of pools with ten or more of them in their history, and what came:',
    '',
    table(
      ['said', 'moments', 'mean said', 'came'],
      deciles(moments)
        .filter((each) => each.moments > 0)
        .map((each) => [
          `${share(each.from)} to ${share(each.from + 0.1)}`,
          String(each.moments),
          share(each.said),
          share(each.came),
        ]),
    ),
    '',
    'Lead against unfulfilled warnings, by the probability from which a warning is given: bursts that stop, and those and',
    'steps that go on.',
    '',
    table(
      [
        'warned from',
        'lead, steps',
        'unfulfilled, bursts',
        'lead, known bursts',
        'unfulfilled, known bursts',
        'the same without history',
      ],
      tradeOff(all).map((each) => [
        share(each.from),
        share(each.stepLead),
        share(each.burstUnfulfilled),
        share(each.knownLead),
        share(each.knownUnfulfilled),
        share(each.unknownUnfulfilled),
      ]),
    ),
    '',
  ];
}

function families(all: readonly CaseFigures[]): string[][] {
  const names = [...new Set(all.map(({ family }) => family))];
  return names.map((name) => {
    const cases = all.filter(({ family }) => family === name);
    const far = cases.filter((each) => each.far);
    const failing = far.filter((each) => each.failedAt !== null);
    const count = (of: readonly CaseFigures[], test: (each: CaseFigures) => boolean): string =>
      String(of.filter(test).length);
    return [
      name,
      String(cases.length),
      String(far.length),
      String(failing.length),
      count(failing, (each) => each.warnings['shown']?.missed === true),
      count(far, (each) => (each.warnings['shown']?.unjustified ?? 0) > 0),
      count(far, (each) => (each.warnings['shown']?.unfulfilled ?? 0) > 0),
    ];
  });
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((title, column) => Math.max(3, title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join(' | ')} |`;
  return [line(head), line(widths.map((width) => '-'.repeat(width))), ...rows.map(line)].join('\n');
}

function format(figure: Figure | undefined): string {
  return figure === undefined ? '' : text(figure.value, figure.unit);
}

function text(value: number, unit: Figure['unit']): string {
  if (Number.isNaN(value)) return '';
  if (value === Infinity) return 'not stated';
  switch (unit) {
    case 'share':
      return share(value);
    case 's':
      return `${value.toFixed(value < 10 ? 2 : 1)} s`;
    case 'ratio':
      return value.toFixed(2);
    case 'count':
      return String(value);
  }
}

function share(value: number): string {
  return Number.isNaN(value) ? '' : `${(100 * value).toFixed(1)}%`;
}

function oracleText({ oracle, unit }: Figure): string {
  return oracle === null ? '' : text(oracle, unit);
}

function measuredText({ measured, unit }: Figure): string {
  return measured === undefined ? '' : text(measured, unit);
}

function limitText(limit: Limit | undefined, { unit }: Figure): string {
  if (limit === undefined) return '';
  const { min, max } = limit;
  if (min !== undefined && max !== undefined) return `${text(min, unit)} to ${text(max, unit)}`;
  return min !== undefined ? `at least ${text(min, unit)}` : `at most ${text(max ?? 0, unit)}`;
}
