/** What is said of a change, and its figures before and after as text. */
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../../../daemon/units.js';
import type { WireChange, WireChangeFigures } from '../../../daemon/wire/change.js';
import { formatInstant, parseInstant } from './format.js';

const UNKNOWN_FIGURE = 'not known';

interface ComparedRow {
  readonly name: string;
  readonly before: string;
  readonly after: string;
}

type Format = (figures: WireChangeFigures, nowMs: number) => string;

const ROWS: readonly { readonly name: string; readonly format: Format }[] = [
  { name: 'Closes per second', format: formatCloseRate },
  { name: 'Ports in use', format: formatUse },
  { name: 'Open connections', format: ({ live }) => formatCount(live) },
  { name: 'Pressure', format: ({ pressure }) => (pressure === null ? UNKNOWN_FIGURE : formatPercent(pressure)) },
  { name: 'Risk within 10 min', format: formatRisk },
  { name: 'Failed connects', format: formatFailed },
];

/** One row for each figure; the words for a side of which nothing is known. */
export function compareFigures(
  { before, after }: { readonly before: WireChangeFigures | null; readonly after: WireChangeFigures | null },
  nowMs: number,
): ComparedRow[] {
  const write = (figures: WireChangeFigures | null, format: Format, missing: string): string =>
    figures === null ? missing : format(figures, nowMs);
  return ROWS.map(({ name, format }) => ({
    name,
    before: write(before, format, UNKNOWN_FIGURE),
    after: write(after, format, 'not yet'),
  }));
}

/** `10 min before`, or how much of it was seen. */
export function describeBefore({ beforeSpanSeconds }: WireChange, figures: WireChangeFigures | null): string {
  if (figures === null) return 'Before';
  return `Before (${formatSpan(Math.min(figures.seenSeconds, beforeSpanSeconds))})`;
}

/** `After (2 min of 10 min seen)`. */
export function describeAfter({ state, afterSeenSeconds, afterSpanSeconds }: WireChange): string {
  if (state === 'settling') return 'Since then';
  return afterSeenSeconds >= afterSpanSeconds
    ? `After (${formatSpan(afterSpanSeconds)})`
    : `After (${formatSpan(afterSeenSeconds)} of ${formatSpan(afterSpanSeconds)} seen)`;
}

/** Where the time after begins, and whether it goes on. */
export function describeProgress({ state, settleSeconds }: WireChange): string {
  const settle = formatSpan(settleSeconds);
  switch (state) {
    case 'settling':
      return `Settling: until ${settle} after the change, ports are held by connections that were closed before it.`;
    case 'measuring':
      return `The time after begins ${settle} after the change and is still being measured.`;
    case 'over':
      return `The time after begins ${settle} after the change.`;
  }
}

/** When it changed; two instants where portcast did not sample between them. */
export function describeTime({ at, notBefore }: Pick<WireChange, 'at' | 'notBefore'>, nowMs: number): string {
  const atMs = parseInstant(at) ?? 0;
  const earlierMs = parseInstant(notBefore);
  if (earlierMs === null) return formatInstant(atMs, nowMs);
  return `between ${formatInstant(earlierMs, nowMs)} and ${formatInstant(atMs, nowMs)}, while portcast did not sample`;
}

function formatSpan(seconds: number): string {
  return formatDuration(Math.round(seconds) * SECOND_MS);
}

function formatCloseRate({ closeRate, closeRateAtLeast }: WireChangeFigures): string {
  return closeRate === null ? UNKNOWN_FIGURE : `${closeRateAtLeast ? 'at least ' : ''}${formatRate(closeRate)}`;
}

function formatUse({ used, usedRatio, capacity }: WireChangeFigures): string {
  return `${formatPercent(usedRatio)} (${formatCount(used)} of ${formatCount(capacity)})`;
}

function formatRisk({ probability, exhaustsAt }: WireChangeFigures, nowMs: number): string {
  if (probability === null) return UNKNOWN_FIGURE;
  const atMs = parseInstant(exhaustsAt);
  const risk = probability > 0 && probability < 0.01 ? 'under 1%' : formatPercent(probability);
  return atMs === null ? risk : `${risk}, full about ${formatInstant(atMs, nowMs)}`;
}

function formatFailed({ failedConnects, failedPerSecond }: WireChangeFigures): string {
  if (failedConnects === null) return 'not counted';
  if (failedConnects === 0 || failedPerSecond === null) return formatCount(failedConnects);
  return `${formatCount(failedConnects)} (${formatRate(failedPerSecond)}/s)`;
}
