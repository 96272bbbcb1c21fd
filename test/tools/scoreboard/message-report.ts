/** The counted messages as Markdown. */
import type { CaseMessages } from './messages.js';
import { findQuantile } from './statistics.js';
import { renderTable } from './table.js';

const MOST_AT_MEDIAN = 2;

/** One row for each family, and one over all, of the far cases. No reference is given the truth of a program. */
export function renderMessages(all: readonly CaseMessages[]): string {
  const groups = new Map<string, CaseMessages[]>();
  const far = all.filter((each) => each.far);
  for (const each of far) {
    groups.set(each.family, [...(groups.get(each.family) ?? []), each]);
  }
  return renderTable(
    [
      'family',
      'cases',
      'exhaust',
      'messages per exhaustion: median',
      'p90',
      'most',
      'harmless',
      'told',
      'of these unjustified',
    ],
    [...groups, ['all', far] as const].map(([name, cases]) => [name, ...describeCases(cases)]),
  );
}

/** What is promised, with what was counted. */
export function findMessageProblems(all: readonly CaseMessages[]): string[] {
  const perExhaustion = listPerExhaustion(all.filter(({ far }) => far));
  const median = findQuantile(perExhaustion, 0.5);
  return perExhaustion.length === 0 || median <= MOST_AT_MEDIAN
    ? []
    : [`${median} messages per exhaustion at the median, allowed at most ${MOST_AT_MEDIAN}`];
}

function describeCases(cases: readonly CaseMessages[]): string[] {
  const perExhaustion = listPerExhaustion(cases);
  const harmless = cases.filter(({ exhaustions }) => exhaustions === 0);
  const quantile = (q: number): string => (perExhaustion.length === 0 ? '' : findQuantile(perExhaustion, q).toFixed(1));
  return [
    String(cases.length),
    String(perExhaustion.length),
    quantile(0.5),
    quantile(0.9),
    quantile(1),
    String(harmless.length),
    String(harmless.filter(({ messages }) => messages > 0).length),
    String(harmless.filter(({ unjustified }) => unjustified).length),
  ];
}

function listPerExhaustion(cases: readonly CaseMessages[]): number[] {
  return cases.flatMap(({ exhaustions, messages }) => (exhaustions === 0 ? [] : [messages / exhaustions]));
}
