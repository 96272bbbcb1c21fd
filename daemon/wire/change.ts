/** One observed change: `GET /api/v1/changes`, and part of incidents. */
import type { Change, ChangeKind, Figures, Quantity } from '../change/change.js';
import { describeEffect, failedPerSecond, titleChange } from '../change/sentence.js';
import { formatUtcMinute, isoOrNull, SECOND_MS } from '../units.js';
import { round } from './rounding.js';

/** What a pool showed over the time before or after; null stands for what is not known. */
export interface WireChangeFigures {
  /** For how long the pool was observed within the time. */
  seenSeconds: number;
  closeRate: number | null;
  /** True where no port was free for most of the time: `closeRate` is then the least demand that is known. */
  closeRateAtLeast: boolean;
  /** The mean and the greatest number of ports in use. */
  used: number;
  usedMax: number;
  usedRatio: number;
  live: number;
  capacity: number;
  pressure: number | null;
  /** The mean probability of an exhaustion within 10 minutes. */
  probability: number | null;
  /** The newest forecast of the time; null where no exhaustion was foreseen. */
  exhaustsAt: string | null;
  /** Null where failed connects were not counted. */
  failedConnects: number | null;
  failedPerSecond: number | null;
}

export interface WireChangedPool {
  id: string;
  name: string;
  before: WireChangeFigures | null;
  after: WireChangeFigures | null;
}

export interface WireChange {
  id: string;
  kind: ChangeKind;
  /** The sample that first showed a changed setting; the minute in which the behaviour of a pool changed. */
  at: string;
  /** Where portcast did not sample for long before `at`: the change took place between the two. Else null. */
  notBefore: string | null;
  /** What changed: `tcp_tw_reuse 0 -> 1`. */
  title: string;
  /** What it did to the pool that changed most; null while nothing can be said. */
  effect: string | null;
  /** Title, time and effect as one sentence, with the time in UTC. */
  text: string;
  settings: { name: string; from: string; to: string }[];
  shifts: { quantity: Quantity; from: number; to: number }[];
  pools: WireChangedPool[];
  /** How often the settings were changed within this record. */
  times: number;
  beforeSpanSeconds: number;
  afterSpanSeconds: number;
  /** How much of the time after has been seen, and that time begins so long after the change. */
  afterSeenSeconds: number;
  settleSeconds: number;
  /** `settling` until the time after begins, `measuring` while it goes on, then `over`. */
  state: 'settling' | 'measuring' | 'over';
}

/** A change as a mark in a chart. */
export interface WireChangeMark {
  atMs: number;
  text: string;
}

/** @param nowMs the time of the newest sample. */
export function changeToWire(change: Change, nowMs: number): WireChange {
  const { settleMs, atMs, isOver } = change;
  const hasSettled = isOver || nowMs - atMs >= settleMs;
  const effect = describeEffect(change);
  const title = titleChange(change);
  const seenMs = Math.max(0, ...change.pools.map(({ after }) => after?.seenMs ?? 0));
  return {
    id: change.id,
    kind: change.kind,
    at: new Date(atMs).toISOString(),
    notBefore: isoOrNull(change.notBeforeMs),
    title,
    effect,
    text: writeText(change, title, effect),
    settings: change.settings.map(({ name, from, to }) => ({ name, from, to })),
    shifts: change.shifts.map(({ quantity, from, to }) => ({ quantity, from: round(from, 4), to: round(to, 4) })),
    pools: change.pools.map(({ poolId, name, before, after }) => ({
      id: poolId,
      name,
      before: before === null ? null : figuresToWire(before),
      after: after === null ? null : figuresToWire(after),
    })),
    times: change.times,
    beforeSpanSeconds: change.beforeSpanMs / SECOND_MS,
    afterSpanSeconds: change.afterSpanMs / SECOND_MS,
    afterSeenSeconds: hasSettled ? Math.round(seenMs / SECOND_MS) : 0,
    settleSeconds: settleMs / SECOND_MS,
    state: isOver ? 'over' : hasSettled ? 'measuring' : 'settling',
  };
}

export function markChange(change: Change): WireChangeMark {
  return { atMs: change.atMs, text: titleChange(change) };
}

/** `tcp_tw_reuse 0 -> 1 at 2026-01-05 14:02 UTC: port use of 10.0.0.2:443 fell from 94% to 12%.` */
function writeText({ atMs, notBeforeMs }: Change, title: string, effect: string | null): string {
  const instant = formatUtcMinute(atMs);
  const at = notBeforeMs === null ? `at ${instant}` : `between ${formatUtcMinute(notBeforeMs)} and ${instant}`;
  return `${title} ${at}${effect === null ? '' : `: ${effect}`}.`;
}

function figuresToWire(figures: Figures): WireChangeFigures {
  const { seenMs, used, capacity } = figures;
  return {
    seenSeconds: Math.round(seenMs / SECOND_MS),
    closeRate: round(figures.closeRate, 3),
    closeRateAtLeast: figures.rateAtLeast,
    used: Math.round(used),
    usedMax: Math.round(figures.usedMax),
    usedRatio: round(capacity > 0 ? used / capacity : 1, 4),
    live: Math.round(figures.live),
    capacity,
    pressure: round(figures.pressure, 4),
    probability: round(figures.probability, 3),
    exhaustsAt: isoOrNull(figures.exhaustsAtMs),
    failedConnects: figures.failed,
    failedPerSecond: round(failedPerSecond(figures), 3),
  };
}
