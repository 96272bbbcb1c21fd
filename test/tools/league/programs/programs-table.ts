/** Renders the results of the league of programs as a section of a page. Pure. */
import type { ProgramResult } from './judge-programs.js';
import { padTable } from '../table.js';

const HEAD = [
  'programs',
  'ports',
  'first failed connect',
  'failed, by the tracepoint',
  'failed, as printed',
  'most used',
  'warned before',
  'false alarms',
  'holds',
];

/** The Markdown table: one line for each row, over all its runs. */
export function renderPrograms(runs: readonly ProgramResult[]): string {
  return padTable([HEAD, ...byRow(runs).map(cells)]);
}

/** The section of the page. It contains no date, so that two runs can be compared. */
export function renderProgramsSection(runs: readonly ProgramResult[]): string {
  const rows = byRow(runs);
  const leastLeadS = Math.max(...runs.map(({ row }) => row.leadAtLeastS));
  const held = rows.filter((each) => each.every(({ faults }) => faults.length === 0)).length;
  const faults = runs.flatMap(({ row, faults: found }) => found.map((fault) => `- ${row.title}: ${fault}.`));
  const verdict =
    faults.length === 0
      ? `All ${rows.length} rows hold.`
      : `${held} of ${rows.length} rows hold.\n\n**What does not hold:**\n\n${[...new Set(faults)].join('\n')}`;
  return `The traffic above is made by one paced client. Here programs that many hosts run make it: databases, proxies and HTTP
clients from Debian, with their own schedules, libraries and ways to close a connection. Each row ran
${timesText(Math.max(...rows.map((each) => each.length)))}, in two namespaces of its own, with the daemon on its defaults. ${verdict}

\`\`\`sh
npm run league -- --programs                              # every row three times, one hour
npm run league -- --programs --only psql --runs 1         # those whose name or title contains a text, once
npm run league -- --programs --write docs/real-sockets.md # every row, and this section from it
\`\`\`

It runs as root and installs the programs that are missing from Debian's packages, without starting their services. Databases,
configurations and processes are in a temporary folder and in the namespaces, and are removed in the end.

**Truth** is the tracepoint \`sock:inet_sock_set_state\`: a connect that fails because no port is free. Beside it stands how
often the programs print the error; some retry silently or print it once. A row in which ports run out holds when a critical
alert (\`imminent\`, or \`leak\` when the ports run out within 10 minutes) of that destination fires before the first failed
connect. A row in which none fails holds when no critical alert about any pool fires. A row whose peer does not answer must
also say so. The row of bursts counts from when the forecast says without interruption that the ports run out, because an
alert of an earlier burst may still be firing. That must be at least ${leastLeadS} s before.

${renderPrograms(runs)}

A range is that of the runs.
`;
}

/** The runs of each row, in the order in which the rows come first. */
function byRow(runs: readonly ProgramResult[]): ProgramResult[][] {
  return [...new Set(runs.map(({ row }) => row))].map((each) => runs.filter(({ row }) => row === each));
}

function cells(runs: readonly ProgramResult[]): string[] {
  const [first] = runs;
  if (first === undefined) return [];
  const { row } = first;
  const held = runs.filter(({ faults }) => faults.length === 0).length;
  const leads = runs.map(({ leadS }) => leadS);
  const falseAlarms = runs.filter((run) => run.falseAlarms.length > 0).length;
  return [
    row.title,
    row.ports.toLocaleString('en'),
    rangeText(runs.map(({ failedAtS }) => failedAtS).filter(isNumber), (atS) => `${atS.toFixed(1)} s`) || 'never',
    countText(runs.map(({ failed }) => failed)),
    countText(runs.map(({ printedFailures }) => printedFailures)),
    countText(runs.map(({ mostUsed }) => mostUsed)),
    row.expects === 'exhausts' ? leadsText(leads) : '',
    falseAlarms === 0 ? 'none' : `in ${falseAlarms} of ${runs.length}`,
    held === runs.length ? 'yes' : `**${held} of ${runs.length}**`,
  ];
}

function leadsText(leads: readonly (number | null)[]): string {
  const known = rangeText(leads.filter(isNumber), (lead) => `${lead.toFixed(1)} s`);
  const missed = leads.filter((lead) => lead === null).length;
  if (missed === 0) return known;
  return known === '' ? 'not warned' : `${known}, ${missed} not warned`;
}

const countText = (counts: readonly number[]): string => rangeText(counts, (count) => count.toLocaleString('en'));

/** The least and the greatest value, or one where their texts are the same. */
function rangeText(values: readonly number[], text: (value: number) => string): string {
  if (values.length === 0) return '';
  const [least, greatest] = [text(Math.min(...values)), text(Math.max(...values))];
  return least === greatest ? least : `${least} to ${greatest}`;
}

function timesText(count: number): string {
  return count === 1 ? 'once' : `${count} times`;
}

const isNumber = (value: number | null): value is number => value !== null;
