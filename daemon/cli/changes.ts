/** `portcast changes`: what was changed on the host, what pools do differently, and what it did to them. */
import type { Command } from 'commander';
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../units.js';
import type { WireChange, WireChangedPool, WireChangeFigures } from '../wire/change.js';
import { EXIT, printJson, takeParsed, type CliContext, type CliIo } from './context.js';
import { fetchDocument, isObject } from './daemon-client.js';
import { addDaemonOptions, askRunning, type DaemonOptions } from './running-daemon.js';
import { escapeStrings } from './terminal.js';
import { formatTable } from './text.js';
import { parseWholeNumber } from '../quantities.js';

const MAX_LIMIT = 500;
const DEFAULT_LIMIT = 20;
/** Pools of one change that are listed. */
const MAX_POOLS = 5;
const UNKNOWN = '?';

interface ChangesOptions extends DaemonOptions {
  readonly json?: boolean;
  readonly pool?: string;
  readonly incident?: string;
  readonly limit: number;
}

export function addChanges(program: Command, context: CliContext): void {
  const command = program
    .command('changes')
    .description('show what was changed on the host or in the behaviour of a pool, with the figures before and after')
    .option('--pool <id>', 'only changes that concern this pool')
    .option('--incident <id>', 'only changes that belong to this incident')
    .option('--limit <n>', 'at most so many, newest first', parseLimit, DEFAULT_LIMIT)
    .option('--json', 'as JSON');
  addDaemonOptions(command).action(async (options: ChangesOptions) => {
    context.finish(await changesCommand(context.io, options));
  });
}

async function changesCommand(io: CliIo, options: ChangesOptions): Promise<number> {
  const { pool, incident, limit } = options;
  const query = new URLSearchParams({ limit: String(limit) });
  if (pool !== undefined) query.set('pool', pool);
  if (incident !== undefined) query.set('incident', incident);
  const path = `/api/v1/changes?${query.toString()}`;
  const changes = await askRunning(io, options, (daemon) => fetchDocument(daemon, path, isChangeList));
  if (options.json === true) printJson(io, changes);
  else io.out(`${formatChanges(escapeStrings(changes), pool ?? null)}\n`);
  return EXIT.ok;
}

function parseLimit(text: string): number {
  return takeParsed(text, parseWholeNumber(text, { min: 1, max: MAX_LIMIT }));
}

function isChangeList(value: unknown): value is WireChange[] {
  return Array.isArray(value) && value.every((each) => isObject(each) && typeof each['title'] === 'string');
}

/** The changes, newest first, each with a table of its pools before and after. With a pool only that one is shown. */
function formatChanges(changes: readonly WireChange[], poolId: string | null): string {
  if (changes.length === 0) return 'No change has been seen.';
  return changes.map((change) => formatChange(change, poolId)).join('\n\n');
}

function formatChange(change: WireChange, poolId: string | null): string {
  const { at, notBefore, title, effect } = change;
  const time = notBefore === null ? at : `between ${notBefore} and ${at}`;
  const pools = change.pools.filter(({ id }) => poolId === null || id === poolId);
  const listed = pools.slice(0, MAX_POOLS);
  const more = pools.length - listed.length;
  return [
    `${time}  ${title}`,
    ...(effect === null ? [] : [`  ${effect}`]),
    `  ${describeProgress(change)}`,
    ...listed.flatMap((pool) => formatPool(pool).map((line) => `  ${line}`)),
    ...(more > 0 ? [`  and ${formatCount(more)} more pools (--json has them all)`] : []),
  ].join('\n');
}

/** `before: up to 10 min; after: 2 min of 10 min seen`. */
function describeProgress({ state, beforeSpanSeconds, afterSpanSeconds, afterSeenSeconds, settleSeconds }: WireChange) {
  const [before, span, seen, settle] = [beforeSpanSeconds, afterSpanSeconds, afterSeenSeconds, settleSeconds].map(
    (seconds) => formatDuration(seconds * SECOND_MS),
  );
  const after =
    state === 'settling'
      ? `it settles for ${settle}: ports closed before are still held`
      : `${seen} of ${span} seen, from ${settle} after the change`;
  return `before: up to ${before}; after: ${after}`;
}

function formatPool({ name, before, after }: WireChangedPool): string[] {
  const row = (label: string, figures: WireChangeFigures | null): string[] =>
    figures === null ? [label, ...Array<string>(6).fill(UNKNOWN)] : [label, ...formatFigures(figures)];
  const headings = [name, 'CLOSES/S', 'USED', 'OF', 'PRESSURE', 'RISK', 'FAILED/S'];
  return formatTable(headings, [row('before', before), row('after', after)], headings.slice(1));
}

function formatFigures(figures: WireChangeFigures): string[] {
  const { closeRate, closeRateAtLeast, used, usedRatio, capacity, pressure, probability, failedPerSecond } = figures;
  return [
    closeRate === null ? UNKNOWN : `${closeRateAtLeast ? '>= ' : ''}${formatRate(closeRate)}`,
    `${formatCount(used)} (${formatPercent(usedRatio)})`,
    formatCount(capacity),
    pressure === null ? UNKNOWN : formatPercent(pressure),
    probability === null ? UNKNOWN : formatPercent(probability),
    failedPerSecond === null ? UNKNOWN : formatRate(failedPerSecond),
  ];
}
