/** One pool over the samples of a replay: when its ports ran out, what was forecast before, what closes followed. */
import { destinationOf } from '../alert/summary.js';
import { SHOWN_ABOVE } from '../forecast/episodes.js';
import type { PoolForecast } from '../forecast/forecast.js';
import { HINDSIGHT_MS, oracleProbability, type CountedCloses } from '../forecast/hindsight.js';
import { MINUTE_MS } from '../units.js';
import { failureInstant, type ReplayedFailure } from './outcome.js';
import type { ScoredForecast } from './score.js';

/** One look at a pool. */
export interface Look {
  readonly atMs: number;
  readonly monotonicMs: number;
  /** The sample before, of any pool; null at the first one. */
  readonly previousAtMs: number | null;
  readonly pool: PoolForecast;
  readonly counted: readonly CountedCloses[];
  /** Epoch ms of the first connect seen to fail since the sample before; null where none was. */
  readonly failedConnectAtMs: number | null;
  /** Epoch ms at which the timers show that the last port was taken since the sample before; null where they do not. */
  readonly filledAtMs: number | null;
}

/** Asks what who knew the true rate would have said at an instant; answered once enough has followed. */
interface Question {
  readonly monotonicMs: number;
  readonly pool: PoolForecast;
  readonly leak: boolean;
  readonly horizonMs: number;
  readonly answer: (oracle: number | null) => void;
}

interface Shown {
  readonly atMs: number;
  readonly exhaustsAtMs: number;
  readonly earliestAtMs: number | null;
  readonly latestAtMs: number | null;
}

export interface Track {
  look(look: Look): { failure: ReplayedFailure | null; scored: ScoredForecast[] };
  /** A sample that shows no port of this pool: nothing was closed that it would not show. */
  absent(monotonicMs: number): void;
  ask(question: Question): void;
  /** Answers what is open with what there is. */
  finish(): void;
  readonly seenMs: number;
}

/** Ports that run out again so soon have not come back in between. */
const SAME_FAILURE_MS = MINUTE_MS;
/** A leak is slow: its true growth is what the next minute shows. */
const LEAK_WINDOW_MS = MINUTE_MS;
/** Beyond so many shown forecasts every second one is left out, so that a long false alarm stays bounded. */
const MAX_SHOWN = 2048;

export function createTrack(): Track {
  let counted: CountedCloses[] = [];
  let questions: Question[] = [];
  const shown = createShownList();
  let failure: ReplayedFailure | null = null;
  let latest: Look | null = null;

  const answer = (question: Question): void => {
    const { pool, monotonicMs, leak, horizonMs } = question;
    const grown = latest === null || latest.monotonicMs <= monotonicMs ? 0 : latest.pool.live - pool.live;
    const liveGrowth = leak && latest !== null && grown > 0 ? (1000 * grown) / (latest.monotonicMs - monotonicMs) : 0;
    const { capacity, holdMs, live } = pool;
    question.answer(oracleProbability({ capacity, holdMs, live, liveGrowth, counted }, monotonicMs, horizonMs));
  };
  const answerDue = (monotonicMs: number): void => {
    const due = questions.filter((question) => monotonicMs - question.monotonicMs >= windowOf(question));
    for (const question of due) answer(question);
    questions = questions.filter((question) => !due.includes(question));
  };
  return {
    get seenMs() {
      return latest?.monotonicMs ?? -Infinity;
    },
    look(look) {
      latest = look;
      const { pool, monotonicMs } = look;
      counted.push(...look.counted);
      answerDue(monotonicMs);
      const keepMs = monotonicMs - pool.holdMs - LEAK_WINDOW_MS - HINDSIGHT_MS;
      counted = counted.filter(({ toMs }) => toMs > keepMs);

      const before = failure;
      failure = failureOf(look, before);
      const fresh = failure !== null && failure !== before ? failure : null;
      const scored = fresh === null || fresh.afterMs === null ? [] : shown.list().map((each) => scoreOf(each, fresh));
      if (fresh !== null || (failure !== null && failure.untilMs === look.atMs)) {
        shown.clear();
      } else if (pool.exhaustsAtMs !== null && (pool.probability ?? 0) > SHOWN_ABOVE) {
        const { exhaustsAtMs, earliestAtMs, latestAtMs } = pool;
        shown.add({ atMs: look.atMs, exhaustsAtMs, earliestAtMs, latestAtMs });
      }
      return { failure: fresh, scored };
    },
    absent(monotonicMs) {
      const fromMs = counted.at(-1)?.toMs ?? monotonicMs;
      if (questions.length === 0 || fromMs >= monotonicMs) return;
      counted.push({ fromMs, toMs: monotonicMs, closes: 0 });
      answerDue(monotonicMs);
    },
    ask: (question) => void questions.push(question),
    finish() {
      for (const question of questions) answer(question);
      questions = [];
    },
  };
}

/** The forecasts shown in the present unbroken stretch, thinned out evenly when they become many. */
function createShownList() {
  let shown: Shown[] = [];
  let stride = 1;
  let skipped = 0;
  let lastMs = -Infinity;
  const clear = (): void => {
    shown = [];
    stride = 1;
    skipped = 0;
  };
  return {
    list: (): readonly Shown[] => shown,
    clear,
    add(next: Shown) {
      if (next.atMs - lastMs > SAME_FAILURE_MS) clear();
      lastMs = next.atMs;
      skipped += 1;
      if (skipped < stride) return;
      skipped = 0;
      shown.push(next);
      if (shown.length < MAX_SHOWN) return;
      shown = shown.filter((_, index) => index % 2 === 0);
      stride *= 2;
    },
  };
}

function windowOf({ leak }: Question): number {
  return leak ? LEAK_WINDOW_MS : HINDSIGHT_MS;
}

/** The failure that this look shows: a new one, the one before if it goes on, or that of before when it is over. */
function failureOf(look: Look, before: ReplayedFailure | null): ReplayedFailure | null {
  const { pool, atMs, failedConnectAtMs, filledAtMs } = look;
  const full = pool.capacity > 0 && pool.available === 0 && pool.reuse === 'none';
  if (!full && failedConnectAtMs === null && filledAtMs === null) return before;
  if (before !== null && atMs - before.untilMs < SAME_FAILURE_MS) {
    before.untilMs = atMs;
    return before;
  }
  const knownMs = failedConnectAtMs ?? filledAtMs;
  const span = { afterMs: knownMs ?? look.previousAtMs, beforeMs: knownMs ?? atMs };
  const seenBy = failedConnectAtMs !== null ? 'connects' : filledAtMs !== null ? 'timers' : 'table';
  return { poolId: pool.id, destination: destinationOf(pool), untilMs: atMs, ...span, seenBy };
}

function scoreOf({ exhaustsAtMs, earliestAtMs, latestAtMs }: Shown, failure: ReplayedFailure): ScoredForecast {
  const { afterMs, beforeMs } = failure;
  const held = (earliestAtMs ?? exhaustsAtMs) <= beforeMs && (latestAtMs ?? Infinity) >= (afterMs ?? beforeMs);
  return { errorMs: exhaustsAtMs - failureInstant(failure), held };
}
