/** The scoreboard as Markdown. The same figures give the same bytes. */
import type { CaseFigures } from './case-figures.js';
import type { Limit, Limits } from './limits.js';
import { compareStandings, compareTradeOff } from './standings.js';
import { groupDeciles } from './burst-summary.js';
import type { Figure } from './figure.js';
import { computeLeadShare, divide } from './statistics.js';
import { summarize } from './summary.js';
import { renderTable } from './table.js';

interface Part {
  readonly title: string;
  readonly capacity: number;
  /** The cases of each set of seeds, by the name of the set. */
  readonly sets: Readonly<Record<string, readonly CaseFigures[]>>;
}

export function renderPart({ title, capacity, sets }: Part, limits: Limits): string {
  const names = Object.keys(sets);
  const figures = names.map((name) => summarize(sets[name] ?? []));
  const [first = []] = figures;
  const every = names.flatMap((name) => sets[name] ?? []);
  // The sources of warnings are compared where the reference is given the plan.
  const all = every.filter(({ kind }) => kind === 'plan');
  const rows = first.flatMap((figure, i) => {
    if (figures.every((set) => Number.isNaN(set[i]?.value ?? NaN))) return [];
    const limit = limits[String(capacity)]?.[figure.key];
    const values = figures.map((set) => formatFigure(set[i]));
    const last = figures.at(-1)?.[i] ?? figure;
    return [
      [
        figure.what,
        formatLimit(limit, figure),
        ...values,
        formatReference(last),
        formatMeasured(last),
        String(last.cases),
      ],
    ];
  });
  return [
    `### ${title}`,
    '',
    renderTable(['what', 'limit', ...names, 'reference', 'measured since the change', 'cases'], rows),
    '',
    ...(all.length === 0 ? [] : renderPlanTables(all, names)),
    ...renderProgramTable(
      every.filter(({ kind }) => kind !== 'plan'),
      names,
    ),
  ].join('\n');
}

/** The tables of the families that have a plan of rates. */
function renderPlanTables(all: readonly CaseFigures[], names: readonly string[]): string[] {
  return [
    `All sources of warnings on the same samples (${names.join(' and ')} together, far cases):`,
    '',
    renderTable(
      ['source of warnings', 'missed', 'unjustified', 'unfulfilled', 'lead'],
      compareStandings(all).map((each) => [
        each.who,
        `${each.missed} of ${each.failing}`,
        `${each.unjustified} of ${each.cases}`,
        `${each.unfulfilled} of ${each.cases}`,
        formatShare(each.lead),
      ]),
    ),
    '',
    ...renderBurstTables(all),
    `By family (${names.join(' and ')} together, far cases; cases with at least one such episode):`,
    '',
    renderTable(['family', 'cases', 'far', 'fail', 'missed', 'unjustified', 'unfulfilled'], renderFamilies(all)),
    '',
  ];
}

/** The families that are made from programs. */
function renderProgramTable(all: readonly CaseFigures[], names: readonly string[]): string[] {
  if (all.length === 0) return [];
  const families = [...new Set(all.map(({ family }) => family))];
  return [
    `Families made from programs (${names.join(' and ')} together). A false alarm is a critical alert of a case that never`,
    'exhausts; missed and lead leave out what fails faster than sampling:',
    '',
    renderTable(
      ['family', 'cases', 'fail', 'faster', 'false alarms', 'missed', 'missed by alarms', 'lead', 'of alarms', 'calm'],
      families.map((name) =>
        renderProgramFamily(
          name,
          all.filter(({ family }) => family === name),
        ),
      ),
    ),
    '',
  ];
}

function renderProgramFamily(name: string, cases: readonly CaseFigures[]): string[] {
  const harmless = cases.filter(({ failedAt }) => failedAt === null);
  const failing = cases.filter(({ failedAt }) => failedAt !== null);
  const slow = failing.filter(({ faster }) => !faster);
  const outages = cases.flatMap(({ outage }) => (outage === null ? [] : [outage]));
  const missedBy = (who: string): string =>
    slow.length === 0 ? '' : String(slow.filter(({ warnings }) => warnings[who]?.missed).length);
  const leadOf = (who: string): string =>
    formatShare(computeLeadShare(slow.flatMap((each) => each.warnings[who] ?? [])));
  const samples = outages.reduce((sum, each) => sum + each.samples, 0);
  const calm = outages.reduce((sum, each) => sum + each.calm, 0);
  return [
    name,
    String(cases.length),
    String(failing.length),
    String(failing.length - slow.length),
    harmless.length === 0 ? '' : String(harmless.filter(({ critical }) => critical).length),
    missedBy('shown'),
    missedBy('alarm'),
    leadOf('shown'),
    leadOf('alarm'),
    formatShare(divide(calm, samples)),
  ];
}

function renderBurstTables(all: readonly CaseFigures[]): string[] {
  const moments = all.flatMap(({ bursts }) => bursts);
  if (moments.length === 0) return [];
  return [
    'Stated probabilities during bursts of pools with ten or more bursts in their history, and how often the pool ran out:',
    '',
    renderTable(
      ['stated', 'moments', 'mean stated', 'ran out'],
      groupDeciles(moments)
        .filter((each) => each.moments > 0)
        .map((each) => [
          `${formatShare(each.from)} to ${formatShare(each.from + 0.1)}`,
          String(each.moments),
          formatShare(each.said),
          formatShare(each.came),
        ]),
    ),
    '',
    'Lead against unfulfilled warnings, by the probability from which a warning is given: bursts that stop, and those and',
    'steps that go on.',
    '',
    renderTable(
      [
        'warned from',
        'lead, steps',
        'unfulfilled, bursts',
        'lead, known bursts',
        'unfulfilled, known bursts',
        'the same without history',
      ],
      compareTradeOff(all).map((each) => [
        formatShare(each.from),
        formatShare(each.stepLead),
        formatShare(each.burstUnfulfilled),
        formatShare(each.knownLead),
        formatShare(each.knownUnfulfilled),
        formatShare(each.unknownUnfulfilled),
      ]),
    ),
    '',
  ];
}

function renderFamilies(all: readonly CaseFigures[]): string[][] {
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

function formatFigure(figure: Figure | undefined): string {
  return figure === undefined ? '' : formatValue(figure.value, figure.unit);
}

function formatValue(value: number, unit: Figure['unit']): string {
  if (Number.isNaN(value)) return '';
  if (value === Infinity) return 'not stated';
  switch (unit) {
    case 'share':
      return formatShare(value);
    case 's':
      return `${value.toFixed(value < 10 ? 2 : 1)} s`;
    case 'ratio':
      return value.toFixed(2);
    case 'count':
      return String(value);
  }
}

function formatShare(value: number): string {
  return Number.isNaN(value) ? '' : `${(100 * value).toFixed(1)}%`;
}

function formatReference({ reference, unit }: Figure): string {
  return reference === null ? '' : formatValue(reference, unit);
}

function formatMeasured({ measured, unit }: Figure): string {
  return measured === undefined ? '' : formatValue(measured, unit);
}

function formatLimit(limit: Limit | undefined, { unit }: Figure): string {
  if (limit === undefined) return '';
  const { min, max } = limit;
  if (min !== undefined && max !== undefined) return `${formatValue(min, unit)} to ${formatValue(max, unit)}`;
  return min !== undefined ? `at least ${formatValue(min, unit)}` : `at most ${formatValue(max ?? 0, unit)}`;
}
