/** Renders the results of the league as a page. Pure. */
import { errorLimitS, truthText, type ErrorSummary, type Result } from './judge.js';

interface Host {
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

/** The Markdown table. Its columns are padded, so that it is readable on a terminal too. */
export function renderTable(results: readonly Result[]): string {
  return padTable([HEAD, ...results.map(cells)]);
}

/** A Markdown table whose columns are padded. The first line is its head. */
export function padTable(lines: readonly (readonly string[])[]): string {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
  const [head = '', ...body] = lines.map(
    (line) => `| ${line.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`,
  );
  return [head, `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`, ...body].join('\n');
}

/** The whole page. It contains no date and no host name, so that two runs can be compared. */
export function renderPage(results: readonly Result[], { kernel, hz }: Host): string {
  const limit = errorLimitS(hz).toFixed(2);
  const inTests = results.filter(({ row }) => row.inTests).length;
  const faults = results.flatMap(({ row, faults: found }) => found.map((fault) => `- ${row.title}: ${fault}.`));
  return `# The forecast on real sockets

The league makes ${results.length} kinds of traffic with real sockets, lets the daemon watch, and compares its forecasts with what the
kernel did. This page is its output, on Linux ${kernel} at ${hz} Hz.

${faults.length === 0 ? `All ${results.length} rows hold.` : `**What does not hold:**\n\n${faults.join('\n')}`}

## Run it

Run it as root, because it makes network namespaces. Nothing outside of them is touched, and they are removed in the end.

\`\`\`sh
npm run league                                     # every row, four minutes on two cores
npm run league -- --rows over,leak                 # some, by their names in test/tools/league/rows.ts
npm run league -- --write docs/real-sockets.md     # every row, and this page from it
npm run league -- --programs                       # real programs instead: pgbench, nginx, HAProxy, PHP and others
\`\`\`

It exits with 1 when a row does not hold. \`npm run test:lab\` runs ${inTests} of the ${results.length} rows before every change lands.

## How it is measured

Each row has two network namespaces of its own: a client, where ports run out, and a server. The client has 1,000 ports
and no reuse unless the row says otherwise, and opens its connections on a fixed schedule. **Truth** is the errno of the client:
the first \`connect()\` (or \`bind()\`) that is refused, in seconds after the first connection. The daemon runs in the
client's namespace on its defaults and samples every 2 s. It has just started. On the rows near the limit (16.1 to 16.5/s)
other traffic runs first, so that the daemon has seen a few releases, as a daemon that has run for a while has.

A row holds when

- the truth is what the [kernel's rules](kernel-rules.md) give;
- where ports run out: every forecast from the second sample after the traffic last changed until the first refusal states
  an instant, at most ${limit} s off (one sampling interval plus one step of the kernel's timer wheel), and the \`imminent\`
  alert, which mails, fires before the refusal;
- where they do not: no \`imminent\` alert fires.

## The rows

${renderTable(results)}

- **Truth expected** is a range where the instant depends on the phase of the timer wheel when the traffic started.
- **Errors** are those of \`exhaustsAt\`. The column **forecasts** is the number of judged forecasts.
- **Imminent alert**: how long before the first refusal it fired. **Other alerts** state how full a pool is or will be. They
  do not state that its ports run out, so they are shown and not judged.

## What is not judged, and why

- **The errors on the ramp.** Its rate changes all the time, so a forecast by the present rate cannot be right, and a climb is
  extrapolated only after two minutes, before which this ramp has ended. The errors of its last 30 s are in brackets. Whether
  its alert fires in time is judged.
- **110/s on 100 ports** fails in less than one second, so that no monitor that samples every 2 s can warn of it.
- **16.2 and 16.5/s at first.** Until the number of closes differs by one from that of the sustainable rate (12 s at 16.2/s),
  no count can distinguish the two rates.
- **An alert in the first 20 s of the row that settles.** These 20 s are the traffic of the first row. If it had not changed,
  the ports would have run out.
- **Random traffic.** These clients are paced. Errors and intervals with random arrivals are on
  [the scoreboard](forecast-score.md).
`;
}

function cells({ row, error, lastErrors, ...seen }: Result): string[] {
  const seconds = (value: number | null): string => (value === null ? '' : `${value.toFixed(2)} s`);
  const text = (pick: (summary: ErrorSummary) => number | null): string => {
    if (error === null) return '';
    const last = row.alwaysChanging && lastErrors !== null ? ` (${seconds(pick(lastErrors))})` : '';
    return seconds(pick(error)) + last;
  };
  return [
    row.title,
    truthText(row.truth),
    seen.failedAtS === null ? 'never' : seconds(seen.failedAtS),
    forecastsText(error),
    text(({ medianS }) => medianS),
    text(({ worstS }) => worstS),
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

/** One line for each row, with how late its connections were opened. */
export function renderPrecision(results: readonly Result[]): string {
  return results
    .map(({ row, stats, mostUsed, longestGapS, granularityLearned }) => {
      const late = [stats.lateMedianMs, stats.lateP99Ms, stats.lateMaxMs].map((ms) => ms.toFixed(1)).join(' / ');
      const tallies = `${stats.opened} opened, ${stats.refused} refused, most TIME_WAIT ${stats.peakTimeWait}, most used ${mostUsed}`;
      return `${row.id.padEnd(9)} late ${late} ms (median, p99, most${stats.ranFirst ? '' : '; without real-time priority'}); ${tallies}; longest gap between samples ${longestGapS.toFixed(1)} s; wheel ${granularityLearned ? 'learned' : 'by bound'}`;
    })
    .join('\n');
}
