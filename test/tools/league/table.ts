/** Renders the results of the league as a page. Pure. */
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

/** The Markdown table. Its columns are padded, so that it is readable on a terminal too. */
export function renderTable(results: readonly Result[]): string {
  const lines = [HEAD, ...results.map(cells)];
  const widths = HEAD.map((_, column) => Math.max(...lines.map((line) => (line[column] ?? '').length)));
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

The league makes ${results.length} kinds of traffic with real sockets, lets the daemon watch, and compares what it forecast with what
the kernel then did. This page is its output, on Linux ${kernel} at ${hz} Hz.

${faults.length === 0 ? `All ${results.length} rows hold.` : `**What does not hold:**\n\n${faults.join('\n')}`}

## Run it

As root, because it makes network namespaces; nothing outside of them is touched, and they are removed in the end.

\`\`\`sh
npm run league                                     # every row, four minutes on two cores
npm run league -- --rows over,leak                 # some, by their names in test/tools/league/rows.ts
npm run league -- --write docs/real-sockets.md     # every row, and this page from it
\`\`\`

It exits with 1 when a row does not hold. \`npm run test:lab\` runs ${inTests} of the ${results.length} rows before every change lands.

## How it is measured

Each row has two network namespaces of its own: a client, where ports run out, and a server. The client has 1,000 ports
and no reuse unless the row says otherwise, and opens its connections on a fixed schedule. **Truth** is the errno it gets:
the first \`connect()\` (or \`bind()\`) that is refused, in seconds after the first connection. The daemon runs in the
client's namespace on its defaults, sampling every 2 s; it has just started and is told nothing. On the rows near the limit
(16.1 to 16.5/s) it has seen other traffic before, as one that has run for a while has.

A row holds when

- the truth is what the [kernel's rules](kernel-rules.md) give;
- where ports run out: every forecast from the second sample after the traffic last changed until the first refusal names
  an instant, at most ${limit} s off (one sampling interval plus one step of the kernel's timer wheel), and the \`imminent\`
  alert, which mails, fires before the refusal;
- where they do not: no \`imminent\` alert fires.

## The rows

${renderTable(results)}

- **Truth expected** is a range where the instant depends on where the timer wheel stood when the traffic started.
- **Errors** are those of \`exhaustsAt\`, of as many **forecasts** as are judged.
- **Imminent alert**: how long before the first refusal it fired. **Other alerts** say how full a pool is or will get, not
  that its ports run out, so they are shown and not judged.

## What is not judged, and why

- **The errors on the ramp.** Its rate never stops changing, so no forecast can be held to the present one; a climb is
  followed only after two minutes of it, and this one is over before. In brackets are the errors of its last 30 s. That its
  alert comes in time is judged.
- **110/s on 100 ports** is over in less than one second: nobody who samples every 2 s can have warned.
- **16.2 and 16.5/s at first.** Until the closes differ from those of the sustainable rate by one (12 s at 16.2/s) no
  count tells them apart.
- **An alert in the first 20 s of the row that settles.** They are those of the first row, and had they gone on, ports would
  have run out.
- **Traffic by chance.** These clients are paced; how errors and intervals fare with random arrivals is
  [the scoreboard's](forecast-score.md) to say.
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
