/**
 * Baselines: the rules of other monitors on the same samples. Lines through the past, thresholds, and a queue without
 * the kernel's rules.
 */
import { findExhaustion } from '../../../daemon/forecast/queue.js';
import { scheduleReleases } from '../../../daemon/forecast/release.js';
import type { TimedPorts } from '../../../daemon/pool/pool.js';

export interface BaselineVerdict {
  readonly alarmed: boolean;
  /** The instant of exhaustion in seconds after the start; null where the rule gives none. */
  readonly exhaustsAt: number | null;
}

interface Baselines {
  judge(atS: number, seen: { used: number; timeWait: number }, timed: TimedPorts | null): BaselineVerdict[];
}

const LINES_S = [60, 300, 1200] as const;
const WITHIN_S = 600;
const FULL_SHARE = 0.8;
/** A fixed threshold of 20,000, as a share of the 28,232 ports of the usual range. */
const TIME_WAIT_SHARE = 20_000 / 28_232;
const PLAIN = { durationMs: 60_000, roundingMs: 0, grid: null };
const PLAIN_RATE_OVER_MS = 10_000;

export function createBaselines(capacity: number): Baselines {
  const history: { readonly atS: number; readonly used: number }[] = [];
  let fullSince: number | null = null;
  let timeWaitSince: number | null = null;
  return {
    judge(atS, { used, timeWait }, timed) {
      history.push({ atS, used });
      fullSince = used > FULL_SHARE * capacity ? (fullSince ?? atS) : null;
      timeWaitSince = timeWait > TIME_WAIT_SHARE * capacity ? (timeWaitSince ?? atS) : null;
      return [
        ...LINES_S.map((spanS) => judgeLine(history, spanS, capacity)),
        { alarmed: fullSince !== null && atS - fullSince >= 60, exhaustsAt: null },
        { alarmed: timeWaitSince !== null && atS - timeWaitSince >= 120, exhaustsAt: null },
        judgePlainQueue(atS, used, capacity, timed),
      ];
    },
  };
}

/** `predict_linear` of Prometheus: least squares over the span, evaluated 10 minutes ahead. */
function judgeLine(
  history: readonly { atS: number; used: number }[],
  spanS: number,
  capacity: number,
): BaselineVerdict {
  const now = history.at(-1);
  let [n, sumT, sumU, sumTT, sumTU] = [0, 0, 0, 0, 0];
  for (let i = history.length - 1; i >= 0; i -= 1) {
    const sample = history[i];
    if (sample === undefined || now === undefined || now.atS - sample.atS > spanS) break;
    const t = sample.atS - now.atS;
    n += 1;
    sumT += t;
    sumU += sample.used;
    sumTT += t * t;
    sumTU += t * sample.used;
  }
  const spread = n * sumTT - sumT * sumT;
  if (n < 2 || spread <= 0 || now === undefined) return { alarmed: false, exhaustsAt: null };
  const slope = (n * sumTU - sumT * sumU) / spread;
  const level = (sumU - slope * sumT) / n;
  if (level >= capacity) return { alarmed: true, exhaustsAt: now.atS };
  const after = slope > 0 ? (capacity - level) / slope : Infinity;
  return { alarmed: after <= WITHIN_S, exhaustsAt: after === Infinity ? null : now.atS + after };
}

/** A hold of 60 s and the mean rate of the last 10 s, without release boundaries, reuse or uncertainty. */
function judgePlainQueue(atS: number, used: number, capacity: number, timed: TimedPorts | null): BaselineVerdict {
  if (timed === null) return { alarmed: false, exhaustsAt: null };
  let young = 0;
  for (const expiresMs of timed.expiresMs) if (expiresMs > PLAIN.durationMs - PLAIN_RATE_OVER_MS) young += 1;
  const releases = scheduleReleases(timed, { timeWait: PLAIN, finWait2: PLAIN }, { reuse: 'none', timeWaitMs: 60_000 });
  const after = findExhaustion({
    capacity,
    live: used - timed.expiresMs.length,
    growth: 0,
    releases,
    inflows: [{ rate: (1000 * young) / PLAIN_RATE_OVER_MS, timing: PLAIN }],
    timedCap: Infinity,
  });
  return { alarmed: after !== null, exhaustsAt: after === null ? null : atS + after / 1000 };
}
