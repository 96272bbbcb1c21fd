/** Steps the alerts over forecasts as the daemon would have, and watches what became of them. */
import type { Alert, AlertChange, AlertSettings } from '../alert/alert.js';
import { stepAlerts } from '../alert/step.js';
import { destinationOf } from '../alert/summary.js';
import type { PoolForecast } from '../forecast/forecast.js';
import type { CountedCloses } from '../forecast/hindsight.js';
import { isFailureOf, type FailedConnect } from '../pool/failures.js';
import { MINUTE_MS } from '../units.js';
import type { ReplayedFailure, ReplayOutcome } from './outcome.js';
import { foresees, scoreReplay, type FiredAlert, type ScoredForecast } from './score.js';
import { createTrack, type Track } from './track.js';

/** The forecasts of one table, and what else it shows. */
export interface ReviewSample {
  /** Epoch ms, and the monotonic clock of the recording. */
  readonly atMs: number;
  readonly monotonicMs: number;
  readonly pools: readonly PoolForecast[];
  /** Closes of each pool since the sample before, on the monotonic clock. */
  readonly counted: ReadonlyMap<string, readonly CountedCloses[]>;
  /** When the last port of a pool was taken since the sample before, epoch ms, where the timers tell. */
  readonly filledAtMs?: ReadonlyMap<string, number>;
  /** Connects seen to fail since the sample before; null where nobody watched. */
  readonly failures: readonly FailedConnect[] | null;
}

export interface Review {
  take(sample: ReviewSample): void;
  /** A beat without a table: only time passes. */
  pass(atMs: number): void;
  finish(): ReplayOutcome;
}

/** `imminent` speaks of the next ten minutes. */
const IMMINENT_MS = 10 * MINUTE_MS;
/** Pools not seen for longer are done with. */
const FORGET_MS = 10 * MINUTE_MS;

type MutableFired = { -readonly [Key in keyof FiredAlert]: FiredAlert[Key] };

export function createReview(settings: AlertSettings): Review {
  const tracks = new Map<string, Track>();
  const seen = new Set<string>();
  const ledger = createLedger(settings);
  const failures: ReplayedFailure[] = [];
  const forecasts: ScoredForecast[] = [];
  let active: readonly Alert[] = [];
  const span = { fromMs: null as number | null, toMs: null as number | null, samples: 0, monotonicMs: 0 };

  const step = (pools: readonly PoolForecast[], fresh: boolean, nowMs: number): void => {
    const next = stepAlerts({ active, pools, fresh, blindSinceMs: null, settings, nowMs });
    active = next.active;
    for (const change of next.changes) ledger.note(change, { tracks, monotonicMs: span.monotonicMs });
  };
  return {
    take(sample) {
      const previousAtMs = span.toMs;
      for (const pool of sample.pools) {
        const track = tracks.get(pool.id) ?? createTrack();
        tracks.set(pool.id, track);
        seen.add(pool.id);
        const { atMs, monotonicMs } = sample;
        const counted = sample.counted.get(pool.id) ?? [];
        const failedConnectAtMs = firstFailure(pool, sample.failures ?? []);
        const filledAtMs = sample.filledAtMs?.get(pool.id) ?? null;
        const found = track.look({ atMs, monotonicMs, previousAtMs, pool, counted, failedConnectAtMs, filledAtMs });
        if (found.failure !== null) failures.push(found.failure);
        forecasts.push(...found.scored);
      }
      const present = new Set(sample.pools.map(({ id }) => id));
      for (const [id, track] of tracks) if (!present.has(id)) track.absent(sample.monotonicMs);
      span.fromMs ??= sample.atMs;
      span.toMs = sample.atMs;
      span.monotonicMs = sample.monotonicMs;
      span.samples += 1;
      step(sample.pools, true, sample.atMs);
      forget(tracks, sample.monotonicMs);
    },
    pass: (atMs) => step([], false, atMs),
    finish() {
      for (const track of tracks.values()) track.finish();
      const { fromMs, toMs, samples } = span;
      const told = { fired: ledger.fired(), failures, forecasts, endMs: toMs ?? 0 };
      return { fromMs, toMs, samples, pools: seen.size, failures, ...scoreReplay(told) };
    },
  };
}

/** Every alert that fired, each with what who knew the true rate would have said. */
function createLedger(settings: AlertSettings) {
  const fired = new Map<string, MutableFired>();
  return {
    fired: (): FiredAlert[] => [...fired.values()],
    note({ to, alert }: AlertChange, at: { tracks: ReadonlyMap<string, Track>; monotonicMs: number }) {
      const known = fired.get(alert.id);
      if (to === 'resolved' && known !== undefined) known.resolvedAtMs = alert.resolvedAtMs;
      if (to !== 'firing' || alert.poolId === null || alert.raised === null) return;
      const entry = firedAlert(alert, alert.raised);
      fired.set(alert.id, entry);
      if (!foresees(entry)) return;
      at.tracks.get(alert.poolId)?.ask({
        monotonicMs: at.monotonicMs,
        pool: alert.raised,
        leak: alert.rule === 'leak' || alert.raised.mode === 'leak',
        horizonMs: alert.rule === 'leak' ? settings.leak.raiseWithinMs : IMMINENT_MS,
        answer: (oracle) => (entry.oracle = oracle),
      });
    },
  };
}

function firedAlert(alert: Alert, pool: PoolForecast): MutableFired {
  return {
    rule: alert.rule,
    poolId: pool.id,
    destination: destinationOf(pool),
    severity: alert.severity,
    mail: alert.mail,
    summary: alert.summary,
    pendingAtMs: alert.pendingAtMs,
    firedAtMs: alert.firingAtMs ?? alert.lastSeenAtMs,
    resolvedAtMs: null,
    oracle: null,
  };
}

/** Epoch ms of the first of these failures that was for want of a port of this pool; null for none. */
function firstFailure(pool: PoolForecast, failures: readonly FailedConnect[]): number | null {
  const mine = failures.filter((failure) => isFailureOf(pool, failure));
  return mine.length === 0 ? null : Math.min(...mine.map(({ atMs }) => atMs));
}

function forget(tracks: Map<string, Track>, nowMs: number): void {
  for (const [id, track] of tracks) {
    if (nowMs - track.seenMs <= FORGET_MS) continue;
    track.finish();
    tracks.delete(id);
  }
}
