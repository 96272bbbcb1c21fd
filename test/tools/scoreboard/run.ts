/** `npm run score`: the scoreboard of the forecast. `-- --help` lists the options. */
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { format, resolveConfig } from 'prettier';
import { PACKAGE_ROOT } from '../../../daemon/paths.js';
import type { CaseFigures } from './case-figures.js';
import { CAPACITIES } from './case.js';
import { findCrossedLimits, readLimits } from './limits.js';
import { selectCases, playCases, SEEDS, type Selection } from './case-pool.js';
import { findMessageProblems, renderMessages } from './message-report.js';
import { renderPart } from './report.js';

const HELP = `npm run score [-- options]
  --subset        a fifth of the scoring cases, as in CI
  --check         compare docs/forecast-score.md with the run, and fail where they differ or a limit is crossed
  --write         write what was run into docs/forecast-score.md
  --family TEXT   only families whose name contains TEXT      --capacity 1000|28232      --seeds tuning|scoring
  --messages      counts the messages of every tenth scoring case, until its traffic is long over
  --programs      only the families that are made from programs
`;
const FILE = join(PACKAGE_ROOT, 'docs', 'forecast-score.md');
const SUBSET_EVERY = 5;
const MESSAGES_EVERY = 10;
/** Every second case is enough for tuning. */
const EVERY = { tuning: 2, scoring: 1 } as const;

const { values } = parseArgs({
  options: {
    subset: { type: 'boolean', default: false },
    check: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
    family: { type: 'string' },
    capacity: { type: 'string' },
    seeds: { type: 'string' },
    programs: { type: 'boolean', default: false },
    messages: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

async function main(): Promise<number> {
  if (values.help) {
    process.stdout.write(HELP);
    return 0;
  }
  if (values.messages) return await runMessages();
  const { subset } = values;
  const narrowed = values.programs || (values.family ?? values.capacity ?? values.seeds) !== undefined;
  if (narrowed && (values.check || values.write))
    throw new Error('--check and --write want the whole run or the subset');
  const sets = (['tuning', 'scoring'] as const).filter(
    (set) => !(subset && set === 'tuning') && (values.seeds ?? set) === set,
  );
  const started = performance.now();
  const figures: Record<string, readonly CaseFigures[]> = {};
  const seeds: string[] = [];
  for (const set of sets) {
    const selection: Selection = {
      set,
      every: subset ? SUBSET_EVERY : EVERY[set],
      family: values.family,
      capacity: values.capacity,
      programs: values.programs,
    };
    const requests = selectCases(selection);
    seeds.push(`${set} from ${SEEDS[set]} on (${requests.length.toLocaleString('en')} cases)`);
    figures[set] = (await playCases(requests)).figures;
  }
  const text = await tidy([`Seeds: ${seeds.join(', ')}.`, '', ...render(figures, subset)].join('\n'));
  const problems = narrowed ? [] : limitsCrossed(figures, subset);
  process.stdout.write(text);
  process.stdout.write(`\nplayed in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  if (values.write) writeFileSync(FILE, replaceSection(readFileSync(FILE, 'utf8'), sectionOf(subset), text));
  if (values.check && !readFileSync(FILE, 'utf8').includes(text)) {
    problems.push(
      `${FILE} differs from this run: look at why, then npm run score -- ${subset ? '--subset ' : ''}--write`,
    );
  }
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return values.check && problems.length > 0 ? 1 : 0;
}

async function runMessages(): Promise<number> {
  const { family, capacity, programs } = values;
  const started = performance.now();
  const requests = selectCases({ mode: 'messages', set: 'scoring', every: MESSAGES_EVERY, family, capacity, programs });
  const { messages } = await playCases(requests);
  const text = await tidy(renderMessages(messages));
  const problems = findMessageProblems(messages);
  process.stdout.write(text);
  process.stdout.write(`\nplayed in ${((performance.now() - started) / 1000).toFixed(0)} s\n`);
  if (values.write) writeFileSync(FILE, replaceSection(readFileSync(FILE, 'utf8'), 'messages', text));
  if (values.check && !readFileSync(FILE, 'utf8').includes(text)) problems.push(`${FILE} differs from this run`);
  for (const problem of problems) process.stderr.write(`${problem}\n`);
  return values.check && problems.length > 0 ? 1 : 0;
}

function render(figures: Readonly<Record<string, readonly CaseFigures[]>>, subset: boolean): string[] {
  const limits = readLimits(subset ? 'subset' : 'full');
  return CAPACITIES.flatMap((capacity) => {
    const sets = Object.fromEntries(
      Object.entries(figures).map(([set, cases]) => [set, cases.filter((each) => each.capacity === capacity)]),
    );
    if (Object.values(sets).every((cases) => cases.length === 0)) return [];
    return [renderPart({ title: `C = ${capacity.toLocaleString('en')}`, capacity, sets }, limits)];
  });
}

function limitsCrossed(figures: Readonly<Record<string, readonly CaseFigures[]>>, subset: boolean): string[] {
  const limits = readLimits(subset ? 'subset' : 'full');
  return Object.entries(figures).flatMap(([set, cases]) =>
    CAPACITIES.flatMap((capacity) =>
      findCrossedLimits(
        limits,
        capacity,
        set,
        cases.filter((each) => each.capacity === capacity),
      ),
    ),
  );
}

function sectionOf(subset: boolean): string {
  return subset ? 'subset' : 'full';
}

function replaceSection(file: string, name: string, text: string): string {
  const [from, to] = [`<!-- ${name} -->`, `<!-- end of ${name} -->`];
  const [start, end] = [file.indexOf(from), file.indexOf(to)];
  if (start < 0 || end < start) throw new Error(`${FILE} has no section ${from}`);
  return `${file.slice(0, start + from.length)}\n\n${text}\n${file.slice(end)}`;
}

/** The text formatted as prettier formats the stored file. */
async function tidy(text: string): Promise<string> {
  return format(text, { ...(await resolveConfig(FILE)), parser: 'markdown' });
}

process.exitCode = await main();
