/** A what-if over a stored incident: its pools as they were stored, and as they would have been with other settings. */
import { findStoredHold } from '../forecast/stored-hold.js';
import type { HistoryQuery } from '../contracts.js';
import { listReplayNotes } from '../advice/what-if-notes.js';
import {
  replayCourse,
  type Course,
  type Replay,
  type ReplayFacts,
  type StoredCourse,
} from '../advice/what-if-replay.js';
import { writeReplay } from '../advice/what-if-sentence.js';
import type { Settings, Situation } from '../advice/what-if.js';
import { HOUR_MS, isoOrNull, MINUTE_MS, SECOND_MS } from '../units.js';
import type { History } from './history.js';
import type { WireIncident } from './incident.js';
import { settingsToWire, type WireSettings } from './plan.js';
import { readReuse, type PlanHost } from './plan-pool.js';

/** Of one pool over the time of the replay. */
export interface WireCourse {
  /** The greatest number of ports in use, and of how many. */
  peak: number;
  capacity: number;
  peakRatio: number;
  peakAt: string;
  /** When the ports first ran out; null where they never did. */
  outAt: string | null;
  outSeconds: number;
}

interface WireReplayedPool {
  id: string;
  name: string;
  asIs: WireCourse;
  changed: WireCourse;
  /** Whether `changed` is only the least that would have been, because connects failed. */
  isLeast: boolean;
  /** How far the replay with unchanged settings is from what was stored, at most, in ports. */
  errorPorts: number;
}

export interface WireIncidentPlan {
  incident: { id: string; openedAt: string; resolvedAt: string | null };
  settings: WireSettings;
  /** The worst first, at most 8. Empty where no history of that time is stored. */
  pools: WireReplayedPool[];
  /** Pools of the incident that are not among them. */
  poolsLeftOut: number;
  /** Ports in use of the first pool; null is a gap. Epoch ms. */
  lines: { stepMs: number; t: number[]; asIs: (number | null)[]; changed: (number | null)[] };
  sentence: string;
  notes: string[];
}

type PlannedIncident = Pick<WireIncident, 'id' | 'openedAt' | 'resolvedAt' | 'pools'>;

interface IncidentPlanParts {
  readonly incident: PlannedIncident;
  readonly settings: Settings;
  readonly poolHistory: (query: HistoryQuery) => History | null;
  /** The host as it is now; null before it was read. */
  readonly host: (PlanHost & Pick<WireHostTimes, 'timeWaitSeconds' | 'granularitySeconds'>) | null;
  readonly nowMs: number;
}
interface WireHostTimes {
  readonly timeWaitSeconds: number;
  readonly granularitySeconds: number;
}

/** Each costs one history of at most POINTS steps. */
const MAX_POOLS = 8;
const POINTS = 600;
/** The default distance of two samples: with shorter steps a sample would fill several. */
const LEAST_STEP_MS = 2 * SECOND_MS;
/** What is replayed before the incident, so that the queue holds what was closed before, and after it. */
const BEFORE_MS = 3 * MINUTE_MS;
const AFTER_MS = 2 * MINUTE_MS;
/** With steps longer than a minute, the queue of a minute could not be followed. */
const LONGEST_MS = 9 * HOUR_MS;
const LINUX_HOLD_MS = 62 * SECOND_MS;
const LINUX: PlanHost = { range: [1, 1], reuse: 0, reuseDelaySeconds: 1, timestamps: true };

/** The situations for `findProblems`: what each pool of the incident allows. */
export function situationsOfIncident({ incident, host }: Pick<IncidentPlanParts, 'incident' | 'host'>): Situation[] {
  return choosePools(incident).map(({ id, name, capacity }) => ({
    name,
    ports: null,
    capacity,
    live: 0,
    rate: 0,
    holdMs: LINUX_HOLD_MS,
    held: 0,
    freedBy: null,
    growth: 0,
    waiting: 0,
    reuse: readReuse(kindOf(id), host ?? LINUX),
    isLeast: false,
  }));
}

/** @param settings must make sense for each of `situationsOfIncident`. */
export function planIncident(parts: IncidentPlanParts): WireIncidentPlan {
  const { incident, settings } = parts;
  const span = chooseSpan(incident, parts.nowMs);
  const chosen = choosePools(incident);
  const replayed = chosen.flatMap((pool) => replayPool(pool, span, parts) ?? []);
  replayed.sort((a, b) => b.replay.asIs.peak / b.replay.asIs.capacity - a.replay.asIs.peak / a.replay.asIs.capacity);
  const [worst] = replayed;
  const cut = span.isCut ? [`Only the ${LONGEST_MS / HOUR_MS} hours around its beginning are replayed.`] : [];
  return {
    incident: { id: incident.id, openedAt: incident.openedAt, resolvedAt: incident.resolvedAt },
    settings: settingsToWire(settings),
    pools: replayed.map(({ id, name, replay }) => replayToWire(id, name, replay)),
    poolsLeftOut: incident.pools.length - replayed.length,
    lines: worst === undefined ? { stepMs: 0, t: [], asIs: [], changed: [] } : linesToWire(worst),
    sentence:
      worst === undefined
        ? 'No history of the time of this incident is stored.'
        : writeReplay(worst.name, worst.replay, { settings, facts: worst.facts }),
    notes: worst === undefined ? [] : [...listReplayNotes(worst.replay, { settings, facts: worst.facts }), ...cut],
  };
}

interface Replayed {
  readonly id: string;
  readonly name: string;
  readonly course: StoredCourse;
  readonly facts: ReplayFacts;
  readonly replay: Replay;
}

type IncidentPool = WireIncident['pools'][number];

function choosePools({ pools }: PlannedIncident): IncidentPool[] {
  const share = ({ peakUsed, capacity }: IncidentPool): number => peakUsed / Math.max(1, capacity);
  return [...pools].sort((a, b) => share(b) - share(a)).slice(0, MAX_POOLS);
}

function chooseSpan({ openedAt, resolvedAt }: PlannedIncident, nowMs: number) {
  const openedMs = Date.parse(openedAt);
  const endMs = Math.min(nowMs, (resolvedAt === null ? nowMs : Date.parse(resolvedAt)) + AFTER_MS);
  const fromMs = Math.max(0, openedMs - BEFORE_MS);
  const toMs = Math.max(fromMs + MINUTE_MS, Math.min(endMs, fromMs + LONGEST_MS));
  return { fromMs, toMs, isCut: toMs < endMs };
}

function replayPool(
  { id, name }: IncidentPool,
  { fromMs, toMs }: { fromMs: number; toMs: number },
  { poolHistory, host, settings, nowMs }: IncidentPlanParts,
): Replayed | null {
  const history = poolHistory({
    id,
    fromMs,
    toMs,
    points: Math.min(POINTS, Math.ceil((toMs - fromMs) / LEAST_STEP_MS)),
  });
  if (history === null) return null;
  const course = readCourse(history, nowMs);
  const holdOfHost = host === null ? LINUX_HOLD_MS : (host.timeWaitSeconds + host.granularitySeconds) * SECOND_MS;
  const holdMs = findStoredHold(listStored(history)) ?? holdOfHost;
  const facts = { holdMs, reuse: readReuse(kindOf(id), host ?? LINUX) };
  const replay = replayCourse(course, facts, settings);
  return replay && { id, name, course, facts, replay };
}

function readCourse({ stepMs, t, max, mean, outages = [] }: History, nowMs: number): StoredCourse {
  return {
    fromMs: t[0] ?? 0,
    stepMs,
    used: max['used'] ?? [],
    live: mean['live'] ?? [],
    closeRate: mean['closeRate'] ?? [],
    capacity: mean['capacity'] ?? [],
    outages: outages.map(({ from, to, failedConnects, failedConnectsEstimated }) => ({
      fromMs: Date.parse(from),
      toMs: to === null ? nowMs : Date.parse(to),
      failed: failedConnectsEstimated ? null : failedConnects,
    })),
  };
}

function listStored({ t, mean }: History) {
  const at = (name: string, index: number): number | null => mean[name]?.[index] ?? null;
  return t.map((_, index) => ({
    closeRate: at('closeRate', index),
    pressure: at('pressure', index),
    live: at('live', index) ?? 0,
    capacity: at('capacity', index) ?? 0,
  }));
}

/** The id of a pool begins with its kind. */
function kindOf(id: string): string {
  return id.split('_', 1)[0] ?? '';
}

function linesToWire({ course, replay }: Replayed): WireIncidentPlan['lines'] {
  const { fromMs, stepMs } = course;
  const round = (line: readonly (number | null)[]) => line.map((used) => (used === null ? null : Math.round(used)));
  const [asIs, changed] = [round(replay.asIs.line), round(replay.changed.line)];
  return { stepMs, t: asIs.map((_, index) => fromMs + index * stepMs), asIs, changed };
}

function replayToWire(id: string, name: string, { asIs, changed, isLeast, errorPorts }: Replay): WireReplayedPool {
  const errors = Math.round(errorPorts * 10) / 10;
  return { id, name, asIs: courseToWire(asIs), changed: courseToWire(changed), isLeast, errorPorts: errors };
}

function courseToWire({ peak, capacity, peakAtMs, outAtMs, outSeconds }: Course): WireCourse {
  return {
    peak: Math.round(peak),
    capacity,
    peakRatio: capacity === 0 ? 1 : Math.round((peak / capacity) * 1e4) / 1e4,
    peakAt: new Date(peakAtMs).toISOString(),
    outAt: isoOrNull(outAtMs === null ? null : Math.round(outAtMs)),
    outSeconds: Math.round(outSeconds * 10) / 10,
  };
}
