/** The options of `portcast plan` as settings of a what-if, and the comparison as text. */
import { findProblems, type Field, type Settings, type Situation } from '../advice/what-if.js';
import type { Outcome } from '../advice/what-if-course.js';
import { PortcastError } from '../errors.js';
import { formatCount, formatDuration, formatPercent, SECOND_MS } from '../units.js';
import type { WireWhatIf } from '../wire/plan.js';
import { formatTable } from './text.js';

export interface WhatIfOptions {
  readonly config?: string;
  readonly pool?: string;
  readonly incident?: string;
  readonly ports?: [number, number];
  readonly timeWait?: number;
  readonly rate?: number;
  readonly live?: number;
  readonly reserved?: number;
  readonly sources?: number;
  readonly requests?: number;
  readonly reuse?: boolean;
  readonly json?: boolean;
}

const OPTIONS: Readonly<Record<Field, string>> = {
  ports: '--ports',
  reserved: '--reserved',
  timeWaitMs: '--time-wait',
  rate: '--rate',
  live: '--live',
  sources: '--sources',
  requests: '--requests',
  reuse: '--reuse',
};

/** What no number of a plan says. */
export function readChanges({ sources, requests, reuse }: WhatIfOptions): Settings {
  return {
    ...(sources !== undefined && { sources }),
    ...(requests !== undefined && { requests }),
    ...(reuse !== undefined && { reuse }),
  };
}

export function readSettings(options: WhatIfOptions): Settings {
  const { ports, reserved, timeWait, rate, live } = options;
  return {
    ...(ports && { ports }),
    ...(reserved !== undefined && { reserved }),
    ...(timeWait !== undefined && { timeWaitMs: timeWait }),
    ...(rate !== undefined && { rate }),
    ...(live !== undefined && { live }),
    ...readChanges(options),
  };
}

/** @throws PortcastError USAGE that names the option, quotes its value and says what is allowed. */
export function refuseNonsense(now: Situation, settings: Settings): void {
  const [problem] = findProblems(now, settings);
  if (problem === undefined) return;
  const { field, found, allowed } = problem;
  throw new PortcastError('USAGE', `cannot plan with ${OPTIONS[field]} ${found}: allowed ${allowed}`);
}

/** Both columns, the sentence, and what it assumes. */
export function formatComparison({ asIs, changed, settings, sentence, notes }: WireWhatIf): string {
  const isChanged = Object.keys(settings).length > 0;
  const columns = isChanged ? [asIs, changed] : [asIs];
  const row = (name: string, valueOf: (of: Outcome) => string): string[] => [name, ...columns.map(valueOf)];
  const rows = [
    row('ports', ({ capacity }) => formatCount(capacity)),
    row('live', ({ live }) => formatCount(live)),
    row('closes per second', ({ rate }) => formatNumber(rate)),
    row('hold', ({ holdSeconds }) => formatDuration(holdSeconds * SECOND_MS)),
    row('sustainable', ({ sustainableRate }) => formatNumber(sustainableRate)),
    row('needs ports', ({ settlesAt }) => formatCount(settlesAt)),
    row('pressure', ({ pressure }) => formatPercent(pressure)),
    row('runs out', ({ secondsToExhaustion: seconds }) =>
      seconds === null ? 'never at this rate' : seconds === 0 ? 'now' : `in ${formatDuration(seconds * SECOND_MS)}`,
    ),
  ];
  const { sources = 1 } = settings;
  const headings = ['', 'AS IT IS', ...(isChanged ? ['WITH THE SETTINGS'] : [])];
  return [
    ...formatTable(headings, rows, []),
    ...(sources > 1 ? [`The figures with the settings are those of each of ${formatCount(sources)} addresses.`] : []),
    '',
    sentence,
    ...notes.map((note) => `  ${note}`),
  ].join('\n');
}

/** Two decimals, because a difference of 0.01 decides whether the ports ever run out. */
function formatNumber(value: number): string {
  return value >= 1000 ? formatCount(value) : String(Number(value.toFixed(2)));
}
