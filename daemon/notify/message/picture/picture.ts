/** What the picture of a message shows: which pool, which span of time, and which forecast. */
import type { Alert } from '../../../alert/alert.js';
import { capitalize, namePorts } from '../../../alert/names.js';
import type { AheadPoint, PoolForecast } from '../../../forecast/types.js';
import type { MadeForecast, Notice } from '../../../incident/incident.js';
import type { Outage } from '../../../outage/outage.js';
import { clamp, formatCount, HOUR_MS, MINUTE_MS, SECOND_MS } from '../../../units.js';
import type { History } from '../../../wire/history.js';
import { createLocalTime, type LocalTime } from '../local-time.js';
import { cleanLine } from '../sanitize.js';
import { drawChart, type Chart, type Mark, type Step } from './chart.js';

/** Reads the stored history of a pool; null where there is none. */
type ReadHistory = (query: {
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  readonly points: number;
}) => Pick<History, 't' | 'stepMs' | 'mean'> | null;

interface PictureContext {
  readonly nowMs: number;
  readonly timeZone?: string;
  readonly readHistory: ReadHistory;
}

interface Scene {
  readonly pool: PoolForecast;
  readonly alert: Alert;
  readonly outages: readonly Outage[];
  readonly nowMs: number;
  readonly time: LocalTime;
}

/** As many as the picture has pixels for. */
const POINTS = 240;
const MAX_TITLE = 80;
const PAST_MS = { least: 2 * MINUTE_MS, most: HOUR_MS };
/** How much longer than to the exhaustion the picture reaches. */
const BEYOND = 1.3;
/** How far back the story of an incident begins before its first alert. */
const BEFORE_MS = MINUTE_MS;

/** The picture as SVG; null where nothing is known that it could show. */
export function drawPicture({ incident, kind }: Notice, context: PictureContext): string | null {
  const alert = incident.lead;
  const pool = alert.latest ?? alert.raised;
  if (pool === null || pool.capacity <= 0) return null;
  const known = incident.pools.find(({ id }) => id === pool.id);
  const outages = known?.outages ?? alert.outages ?? [];
  const scene: Scene = { pool, alert, outages, nowMs: context.nowMs, time: createLocalTime(context.timeZone) };
  const chart =
    kind === 'resolved'
      ? planStory(scene, { fromMs: incident.openedAtMs, forecast: known?.forecasts?.first ?? null })
      : planForecast(scene);
  const steps = readSteps(pool, chart, context.readHistory, context.nowMs);
  if (steps.length < 2 && chart.ahead.length < 2) return null;
  const firstMs = steps[0]?.atMs ?? context.nowMs;
  // A young history is not drawn at the edge of an empty picture.
  return drawChart({ ...chart, steps, fromMs: Math.max(chart.fromMs, Math.min(firstMs, context.nowMs - SECOND_MS)) });
}

type Plan = Omit<Chart, 'steps'>;

function planForecast({ pool, outages, nowMs, time }: Scene): Plan {
  const fullMs = pool.mode === 'exhausted' ? null : pool.exhaustsAtMs;
  const full =
    fullMs === null || fullMs <= nowMs
      ? null
      : { atMs: fullMs, earliestMs: pool.earliestAtMs, latestMs: pool.latestAtMs };
  const aheadMs = full === null ? 0 : full.atMs - nowMs;
  const isOut = pool.mode === 'exhausted';
  const lastMs = pool.ahead.at(-1)?.atMs ?? nowMs;
  const calmMs = isOut ? nowMs + SECOND_MS : clamp(lastMs, nowMs + 10 * SECOND_MS, nowMs + 2 * MINUTE_MS);
  const toMs = full === null ? calmMs : nowMs + BEYOND * aheadMs;
  const pastMs = clamp(2 * aheadMs, PAST_MS.least, PAST_MS.most);
  const marks: Mark[] = [{ atMs: nowMs, text: `now ${time.formatClock(nowMs)}`, kind: 'now' }];
  if (full !== null) marks.push({ atMs: full.atMs, text: `full ${time.formatClock(full.atMs)}`, kind: 'full' });
  return {
    title: titleOf(pool),
    alt: describe(pool, full?.atMs ?? null, time),
    fromMs: nowMs - pastMs,
    toMs,
    limit: pool.capacity,
    ahead: isOut ? [] : cutAhead(pool, { nowMs, toMs, full }),
    full,
    outages: cutOutages(outages, nowMs),
    marks,
    time,
  };
}

/** The whole story: where use was, when the ports were out, and what the first forecast had said. */
function planStory(
  { pool, outages, nowMs, time }: Scene,
  { fromMs, forecast }: { fromMs: number; forecast: MadeForecast | null },
): Plan {
  const beganMs = Math.min(fromMs, outages[0]?.fromMs ?? fromMs);
  const marks: Mark[] =
    forecast === null || forecast.exhaustsAtMs > nowMs
      ? []
      : [
          {
            atMs: forecast.exhaustsAtMs,
            text: `forecast ${time.formatClock(forecast.exhaustsAtMs)}`,
            kind: 'forecast',
          },
        ];
  return {
    title: titleOf(pool),
    alt: `${titleOf(pool)} from ${time.formatTime(beganMs)} to ${time.formatTime(nowMs)}: ${outages.length === 0 ? 'they did not run out' : 'they ran out'}.`,
    fromMs: beganMs - Math.max(BEFORE_MS, (nowMs - beganMs) / 10),
    toMs: nowMs,
    limit: pool.capacity,
    ahead: [],
    full: null,
    outages: cutOutages(outages, nowMs),
    marks,
    time,
  };
}

function titleOf(pool: PoolForecast): string {
  return cleanLine(capitalize(namePorts(pool)), MAX_TITLE);
}

function describe(pool: PoolForecast, fullMs: number | null, time: LocalTime): string {
  const used = `${formatCount(pool.used)} of ${formatCount(pool.capacity)} used`;
  const end = fullMs === null ? '' : `, forecast to be full at ${time.formatTime(fullMs)}`;
  return `${titleOf(pool)} over time: ${used}${end}.`;
}

function cutOutages(outages: readonly Outage[], nowMs: number): Chart['outages'] {
  return outages.map(({ fromMs, lastMs, isOver }) => ({ fromMs, toMs: isOver ? lastMs : nowMs }));
}

/** The projection up to the end of the picture. Forecasts of many pools have none; then it is a straight line to the limit. */
function cutAhead(
  { ahead, used, capacity }: PoolForecast,
  { nowMs, toMs, full }: Pick<Chart, 'toMs' | 'full'> & { nowMs: number },
): AheadPoint[] {
  const start = { atMs: nowMs, used, low: used, high: used };
  const points = ahead.filter(({ atMs }) => atMs > nowMs && atMs <= toMs);
  if (points.length > 0) return [start, ...points];
  if (full === null) return [];
  const { atMs, earliestMs, latestMs } = full;
  const reach = (endMs: number | null): number =>
    used + ((capacity - used) * (atMs - nowMs)) / Math.max(1, (endMs ?? atMs) - nowMs);
  return [start, { atMs, used: capacity, low: latestMs === null ? used : reach(latestMs), high: reach(earliestMs) }];
}

/** The stored history up to now, and the newest sample, which may not be stored yet. */
function readSteps(pool: PoolForecast, { fromMs, toMs }: Plan, readHistory: ReadHistory, nowMs: number): Step[] {
  const history = readHistory({ id: pool.id, fromMs, toMs: Math.min(toMs, nowMs), points: POINTS });
  const { live = [], timeWait = [] } = history?.mean ?? {};
  const stored = (history?.t ?? []).map((atMs, index): Step => ({
    atMs,
    live: live[index] ?? null,
    timeWait: timeWait[index] ?? null,
  }));
  const isKnown = (step: Step): boolean => step.live !== null;
  const steps = stored.slice(Math.max(0, stored.findIndex(isKnown)), stored.findLastIndex(isKnown) + 1);
  const newest: Step = { atMs: pool.sampledAtMs, live: pool.live, timeWait: pool.timeWait };
  const isNewer = newest.atMs > (steps.at(-1)?.atMs ?? fromMs) && newest.atMs <= toMs;
  return isNewer ? [...steps, newest] : steps;
}
