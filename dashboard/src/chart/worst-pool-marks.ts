/** The lines and labels over the worst pool's chart. */
import { formatCount } from '../../../daemon/units.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { findSpan } from '../words/outages.js';
import { formatInstant, parseInstant } from '../words/format.js';
import type { Mark } from './marks.js';
import type { Scale } from './scale.js';
import type { WorstPoolColumns } from './worst-pool-columns.js';

/** connect() scans the ports of one parity first. Once those are taken, from half of the range on, it becomes slow. */
const SLOW_FROM = 0.5;
/** The label of a level stands above it, and takes this share of the axis. */
const LABEL_SHARE = 0.12;
/** A line of use that starts so little below a level still runs through its label. */
const JUST_BELOW = 0.98;

interface WorstPoolMarksInput {
  readonly pool: WirePool;
  readonly nowMs: number;
  readonly scale: Scale;
  readonly columns: WorstPoolColumns;
  readonly outages: readonly WireOutage[];
}

/** The outages, below everything else. */
export function markOutages(outages: readonly WireOutage[]): Mark[] {
  return outages.map((outage) => ({ kind: 'span', ...findSpan(outage), tone: 'limit' }));
}

/** The outages, the limit, the half from which connect() slows down, now, and the exhaustion where it lies ahead. */
export function listWorstPoolMarks({ pool, nowMs, scale, columns, outages }: WorstPoolMarksInput): Mark[] {
  const capacity = formatCount(pool.capacity);
  const marks: Mark[] = [
    ...markOutages(outages),
    { kind: 'instant', atMs: nowMs, label: 'now', tone: 'muted', place: 'bottom' },
  ];
  if (scale.showsCapacity) {
    marks.push({ kind: 'level', value: pool.capacity, label: `limit ${capacity}`, tone: 'limit' });
    marks.push(markHalf(pool.capacity * SLOW_FROM, scale, columns));
  } else {
    marks.push({ kind: 'beyond', label: `limit ${capacity} (off scale)`, tone: 'muted' });
  }
  const exhaustsAtMs = parseInstant(pool.exhaustsAt);
  if (exhaustsAtMs !== null && exhaustsAtMs > nowMs) {
    const label = `full ${formatInstant(exhaustsAtMs, nowMs)}`;
    marks.push({ kind: 'instant', atMs: exhaustsAtMs, label, tone: 'limit', place: 'top' });
  }
  return marks;
}

/** The label moves below the level where the line of use starts in its place. */
function markHalf(half: number, scale: Scale, [, used]: WorstPoolColumns): Mark {
  const start = used.find((value) => typeof value === 'number') ?? 0;
  const below = start >= half * JUST_BELOW && start < half + scale.max * LABEL_SHARE;
  return { kind: 'level', value: half, label: 'half: connect() slows down', tone: 'faint', below };
}
