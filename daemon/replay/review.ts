/** Runs the alert rules over forecasts as the daemon would have, and scores the forecasts and alerts. */
import type { Alert, AlertChange, AlertSettings } from '../alert/alert.js';
import { listFiringWarnings } from '../alert/promises.js';
import { stepAlerts } from '../alert/step.js';
import { nameDestination } from '../alert/names.js';
import type { PoolForecast } from '../forecast/types.js';
import type { Evidence } from '../score/evidence.js';
import { createScorer } from '../score/scorer.js';
import { isShown } from '../score/settle.js';
import type { KeptForecast, ScoredEpisode, ScoredFailure, ScoreOutcome, SettledForecast } from '../score/types.js';
import type { ReplayedFailure, ReplayOutcome } from './outcome.js';
import { scoreReplay, type FiredAlert } from './replay-score.js';

/** The forecasts of one table, and the evidence that it gives. */
interface ReviewSample {
  /** Epoch ms. */
  readonly atMs: number;
  /** The monotonic clock of the replayed data. */
  readonly monotonicMs: number;
  readonly pools: readonly PoolForecast[];
  /** By pool id. */
  readonly evidence: ReadonlyMap<string, Evidence>;
}

interface Review {
  take(sample: ReviewSample): void;
  /** Notes a cycle without a table: pending alerts may fire, but nothing is scored. */
  pass(atMs: number): void;
  finish(): ReplayOutcome;
}

type Mutable<T> = { -readonly [Key in keyof T]: T[Key] };

/** @param maxSampleAgeMs how old a sample may be, and how long a pause may last; see sampling/freshness.ts. */
export function createReview(settings: AlertSettings, maxSampleAgeMs: number): Review {
  const scorer = createScorer();
  const ledger = createLedger();
  const poolIds = new Set<string>();
  const episodes: ScoredEpisode[] = [];
  const settled: SettledForecast[] = [];
  const span = { fromMs: null as number | null, toMs: null as number | null, samples: 0 };
  let active: readonly Alert[] = [];

  const collect = (outcome: ScoreOutcome): void => {
    for (const episode of outcome.episodes) if (episode.verdict !== null) episodes.push(episode);
    for (const forecast of outcome.settled) settled.push(forecast);
  };
  const step = (pools: readonly PoolForecast[], fresh: boolean, nowMs: number): void => {
    const next = stepAlerts({
      active,
      pools,
      hasNewSample: fresh,
      blindSinceMs: null,
      settings,
      nowMs,
      maxSampleAgeMs,
    });
    active = next.active;
    for (const change of next.changes) ledger.addChange(change);
  };
  return {
    take(sample) {
      const { atMs, pools } = sample;
      for (const { id } of pools) poolIds.add(id);
      const outcome = scorer.observe({
        ...sample,
        // The daemon keeps one forecast per minute, as it has to store them. A replay scores every one that is shown.
        kept: pools.filter(isShown).map(toKeptForecast),
        maxSampleAgeMs,
        alarmed: listFiringWarnings(active, settings),
      });
      collect(outcome);
      const poolsById = new Map(outcome.failures.length === 0 ? [] : pools.map((pool) => [pool.id, pool]));
      for (const failure of outcome.failures) ledger.addFailure(failure, poolsById);
      ledger.extendFailures(outcome.failing, atMs);
      span.fromMs ??= atMs;
      span.toMs = atMs;
      span.samples += 1;
      step(pools, true, atMs);
    },
    pass: (atMs) => step([], false, atMs),
    finish() {
      collect(scorer.finish());
      const { fromMs, toMs, samples } = span;
      const { fired, failures } = ledger.read();
      const scored = scoreReplay({ fired, failures, episodes, settled, endMs: toMs ?? 0 });
      return { fromMs, toMs, samples, pools: poolIds.size, failures, ...scored };
    },
  };
}

function toKeptForecast(pool: PoolForecast): KeptForecast {
  return { ...pool, poolId: pool.id, madeAtMs: pool.sampledAtMs };
}

/** Collects every alert that fired and every failure, with how long each lasted. */
function createLedger() {
  const fired = new Map<string, Mutable<FiredAlert>>();
  const failures: Mutable<ReplayedFailure>[] = [];
  /** The newest failure of each pool. */
  const latestOfPool = new Map<string, Mutable<ReplayedFailure>>();
  return {
    read: (): { fired: FiredAlert[]; failures: ReplayedFailure[] } => ({ fired: [...fired.values()], failures }),
    addChange({ to, alert }: AlertChange) {
      const firedBefore = fired.get(alert.id);
      if (to === 'resolved' && firedBefore !== undefined) firedBefore.resolvedAtMs = alert.resolvedAtMs;
      if (to !== 'firing' || alert.poolId === null || alert.raised === null) return;
      fired.set(alert.id, createFiredAlert(alert, alert.raised));
    },
    addFailure(failure: ScoredFailure, pools: ReadonlyMap<string, PoolForecast>) {
      const pool = pools.get(failure.poolId);
      const destination = pool === undefined ? failure.poolId : nameDestination(pool);
      const replayed = { ...failure, destination, untilAtMs: failure.beforeAtMs };
      failures.push(replayed);
      latestOfPool.set(failure.poolId, replayed);
    },
    /** Notes that these pools have no port left at `atMs`, so their newest failure lasts until then. */
    extendFailures(poolIds: readonly string[], atMs: number) {
      for (const id of poolIds) {
        const latest = latestOfPool.get(id);
        if (latest !== undefined) latest.untilAtMs = atMs;
      }
    },
  };
}

function createFiredAlert(alert: Alert, pool: PoolForecast): Mutable<FiredAlert> {
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
