/** The league as a table for people. Pure. */
import { errorLimitS, truthText, type ErrorSummary, type Result } from './judge.js';

export interface Host {
  readonly kernel: string;
  readonly hz: number;
}

const HEAD = [
  'traffic',
  'truth expected',
  'truth seen',
  'forecasts',
  'median error',
  'worst error',
  'imminent alert',
  'other alerts',
  'holds',
];

/** The markdown table; columns are padded, so that it reads well on a terminal too. */
export function renderTable(results: readonly Result[]): string {
  const lines = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const [head = '', ...body] = lines.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

/** The whole page, without a date and without a name of the host: only what makes the figures comparable. */
export function renderPage(results: readonly Result[], { kernel, hz }: Host): string {
  const faults = results.flatMap(({ row, faults: found }) => found.map((fault) => `- ${row.title}: ${fault}.`));
  return `# The forecast on real sockets

Each row ran in two network namespaces of its own, with the daemon on its defaults in the client's: 1,000 ports, reuse off,
sampling every 2 s, unless the row says otherwise. Truth is the errno of a client that opens its connections on an absolute
schedule. Kernel ${kernel} at ${hz} Hz. Made by \`npm run league -- --write docs/real-sockets.md\`, as root.

Errors are those of \`exhaustsAt\`, of every forecast from the second sample after the traffic last changed until the first
refusal. They may be one sampling interval plus one step of the timer wheel, ${errorLimitS(hz).toFixed(2)} s; where nothing fails no imminent
alert may fire, unless the traffic of that moment, had it gone on, would have used up the ports (the first 20 s of the row
that settles, which are those of the first row). The alerts on pressure and on use are told apart: they do not say that ports will run out. On the ramp the
traffic changes all the time, so its errors are told (in brackets those of the last 30 s), and only its alert is judged.
Near the limit (16.1 to 16.5 closes/s) the daemon had seen other traffic before, as one that has run for a while has;
everywhere else it had just started. There a forecast counts from when the rate differs from the sustainable one by a
whole close (12 s at 16.2/s); before that the counts are the same. Where the instant depends on where the timer wheel stood at the start, the
expectation is a range.

${renderTable(results)}

${faults.length === 0 ? 'Every row holds.' : `What does not hold:\n\n${faults.join('\n')}`}
`;
}

function cells({ row, error, lastErrors, ...seen }: Result): string[] {
  const seconds = (value: number | null): string => (value === null ? '' : `${value.toFixed(2)} s`);
  const told = (pick: (summary: ErrorSummary) => number | null): string => {
    if (error === null) return '';
    const last = row.alwaysChanging && lastErrors !== null ? ` (${seconds(pick(lastErrors))})` : '';
    return seconds(pick(error)) + last;
  };
  return [
    row.title,
    truthText(row.truth),
    seen.failedAtS === null ? 'never' : seconds(seen.failedAtS),
    forecastsText(error),
    told(({ medianS }) => medianS),
    told(({ worstS }) => worstS),
    alertText(seen),
    seen.otherRules.join(', '),
    seen.faults.length === 0 ? 'yes' : '**no**',
  ];
}

function forecastsText(error: ErrorSummary | null): string {
  if (error === null) return '';
  if (error.count === 0) return 'faster than sampling';
  return error.silent === 0 ? String(error.count) : `${error.count}, ${error.silent} silent`;
}

function alertText({ leadS, imminentAtS, unjustifiedAtS }: Omit<Result, 'row' | 'error' | 'lastErrors'>): string {
  if (imminentAtS === null) return 'none';
  if (leadS !== null) return leadS > 0 ? `${leadS.toFixed(1)} s before` : `${(-leadS).toFixed(1)} s after`;
  if (unjustifiedAtS !== null) return `unjustified, at ${unjustifiedAtS.toFixed(1)} s`;
  return `unfulfilled, at ${imminentAtS.toFixed(1)} s`;
}

/** One line for each row that says how well the client kept its schedule. */
export function renderPrecision(results: readonly Result[]): string {
  return results
    .map(({ row, stats, mostUsed, longestGapS, granularityLearned }) => {
      const late = [stats.lateMedianMs, stats.lateP99Ms, stats.lateMaxMs].map((ms) => ms.toFixed(1)).join(' / ');
      const tallies = `${stats.opened} opened, ${stats.refused} refused, most TIME_WAIT ${stats.peakTimeWait}, most used ${mostUsed}`;
      return `${row.id.padEnd(9)} late ${late} ms (median, p99, most${stats.ranFirst ? '' : '; without real-time priority'}); ${tallies}; longest gap between samples ${longestGapS.toFixed(1)} s; wheel ${granularityLearned ? 'learned' : 'by bound'}`;
    })
    .join('\n');
}
