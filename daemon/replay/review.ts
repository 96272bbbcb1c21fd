/** Steps the alerts over forecasts as the daemon would have, and holds them against what happened. */
import type { Alert, AlertChange, AlertSettings } from '../alert/alert.js';
import { stepAlerts } from '../alert/step.js';
import { nameDestination } from '../alert/summary.js';
import { listFiringWarnings } from '../alert/promises.js';
import { SHOWN_ABOVE } from '../forecast/thresholds.js';
import type { Evidence } from '../score/evidence.js';
import type { PoolForecast } from '../forecast/types.js';
import type { KeptForecast, ScoredEpisode, ScoredFailure, ScoreOutcome, SettledForecast } from '../score/types.js';
import { createScorer } from '../score/scorer.js';
import { clamp, MINUTE_MS, SECOND_MS } from '../units.js';
import type { ReplayedFailure, ReplayOutcome } from './outcome.js';
import { scoreReplay, type FiredAlert } from './replay-score.js';

/** The forecasts of one table, and what else it shows. */
export interface ReviewSample {
  /** Epoch ms, and the monotonic clock of the recording. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly pools: readonly PoolForecast[];
  /** By pool id. */
  readonly evidence: ReadonlyMap<string, Evidence>;
}

export interface Review {
  take(sample: ReviewSample): void;
  /** A beat without a table: only time passes. */
  pass(atMs: number): void;
  finish(): ReplayOutcome;
}

/** What may lie between two beats; until two were seen, the usual. */
const BEAT_MS = { least: SECOND_MS, usual: 2 * SECOND_MS, most: MINUTE_MS };

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** @param maxSampleAgeMs how old a sample may be, and how long a pause may last; see sampling/freshness.ts. */
export function createReview(settings: AlertSettings, maxSampleAgeMs: number): Review {
  const scorer = createScorer();
  const ledger = createLedger();
  const seen = new Set<string>();
  const episodes: ScoredEpisode[] = [];
  const settled: SettledForecast[] = [];
  let active: readonly Alert[] = [];
  let steppedAtMs: number | null = null;
  const span = { fromMs: null as number | null, toMs: null as number | null, samples: 0 };

  const note = (outcome: ScoreOutcome): void => {
    episodes.push(...outcome.episodes.filter(({ verdict }) => verdict !== null));
    settled.push(...outcome.settled);
  };
  const step = (pools: readonly PoolForecast[], fresh: boolean, nowMs: number): void => {
    // Beats come as they came before.
    const untilNextStepMs =
      steppedAtMs === null ? BEAT_MS.usual : clamp(nowMs - steppedAtMs, BEAT_MS.least, BEAT_MS.most);
    const next = stepAlerts({
      active,
      pools,
      hasNewSample: fresh,
      blindSinceMs: null,
      settings,
      nowMs,
      untilNextStepMs,
      maxSampleAgeMs,
    });
    steppedAtMs = nowMs;
    active = next.active;
    for (const change of next.changes) ledger.alert(change);
  };
  return {
    take(sample) {
      const { atMs, pools } = sample;
      for (const { id } of pools) seen.add(id);
      const outcome = scorer.observe({
        ...sample,
        kept: pools.filter(({ probability }) => (probability ?? 0) > SHOWN_ABOVE).map(keptForecast),
        maxSampleAgeMs,
        alarmed: listFiringWarnings(active, settings),
      });
      note(outcome);
      for (const failure of outcome.failures) ledger.failure(failure, pools);
      ledger.stillFailing(outcome.failing, atMs);
      span.fromMs ??= atMs;
      span.toMs = atMs;
      span.samples += 1;
      step(pools, true, atMs);
    },
    pass: (atMs) => step([], false, atMs),
    finish() {
      note(scorer.finish());
      const { fromMs, toMs, samples } = span;
      const failures = ledger.failures();
      const told = { fired: ledger.fired(), failures, episodes, settled, endMs: toMs ?? 0 };
      return { fromMs, toMs, samples, pools: seen.size, failures, ...scoreReplay(told) };
    },
  };
}

function keptForecast(pool: PoolForecast): KeptForecast {
  return { ...pool, poolId: pool.id, madeAtMs: pool.sampledAtMs };
}

/** Every alert that fired and every failure, with how long it lasted. */
function createLedger() {
  const fired = new Map<string, Mutable<FiredAlert>>();
  const failures: Mutable<ReplayedFailure>[] = [];
  return {
    fired: (): FiredAlert[] => [...fired.values()],
    failures: (): ReplayedFailure[] => failures,
    alert({ to, alert }: AlertChange) {
      const known = fired.get(alert.id);
      if (to === 'resolved' && known !== undefined) known.resolvedAtMs = alert.resolvedAtMs;
      if (to !== 'firing' || alert.poolId === null || alert.raised === null) return;
      fired.set(alert.id, firedAlert(alert, alert.raised));
    },
    failure(failure: ScoredFailure, pools: readonly PoolForecast[]) {
      const pool = pools.find(({ id }) => id === failure.poolId);
      const destination = pool === undefined ? failure.poolId : nameDestination(pool);
      failures.push({ ...failure, destination, untilAtMs: failure.beforeAtMs });
    },
    stillFailing(ids: readonly string[], atMs: number) {
      for (const id of ids) {
        const latest = failures.findLast(({ poolId }) => poolId === id);
        if (latest !== undefined) latest.untilAtMs = atMs;
      }
    },
  };
}

function firedAlert(alert: Alert, pool: PoolForecast): Mutable<FiredAlert> {
  return {
    rule: alert.rule,
    poolId: pool.id,
    destination: nameDestination(pool),
    severity: alert.severity,
    mail: alert.mail,
    summary: alert.summary,
    pendingAtMs: alert.pendingAtMs,
    firedAtMs: alert.firingAtMs ?? alert.lastSeenAtMs,
    resolvedAtMs: null,
  };
}
