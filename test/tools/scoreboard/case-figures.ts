/** The figures of one case, for each source of warnings: portcast, the reference and the baselines. */
import { judgeEpisode, measureLead, mergeEpisodes, type Episode } from '../../../daemon/score/episodes.js';
import { SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import { createDraw } from './draw.js';
import { computeSum } from './statistics.js';
import { isRamp } from './case.js';
import { BASELINE_NAMES, type OutageSamples, type Statement, type WatchedCase } from './watch-case.js';
import {
  findPhi,
  isFar,
  collectErrors,
  measureErrorsAhead,
  computeAllowedError,
  scoreInterval,
  type IntervalScore,
} from './case-errors.js';

export interface Warnings {
  readonly fulfilled: number;
  readonly unjustified: number;
  readonly unfulfilled: number;
  readonly missed: boolean;
  readonly leadS: number;
  readonly possibleS: number;
}

/** One sample during a burst: the stated probability, the same without history, and whether the pool ran out. */
export interface BurstMoment {
  readonly said: number;
  readonly withoutHistory: number;
  /** The probability by the true rate and by the distribution that the burst's length is drawn from. */
  readonly ofLengths: number;
  readonly exhausted: boolean;
}

export interface CaseFigures {
  readonly family: string;
  readonly kind: 'plan' | 'program' | 'pool';
  readonly capacity: number;
  readonly seed: number;
  readonly sampleS: number;
  readonly failedAt: number | null;
  readonly far: boolean;
  /** The first failure came within two samples and 4 s of the onset. */
  readonly faster: boolean;
  readonly missedSamples: boolean;
  readonly samples: number;
  /** A critical alert about any pool began to fire while the case was scored. */
  readonly critical: boolean;
  /** Over all pools of all samples: how many stated a rate outside of its own interval, and how many the unlikely. */
  readonly rateOutside: number;
  readonly unlikely: number;
  readonly outage: OutageSamples | null;
  /** A warning was shown for another destination, which never runs out. */
  readonly shownElsewhere: boolean;
  /** By source: `shown`, `alarm`, `reference` and the baselines. */
  readonly warnings: Readonly<Record<string, Warnings>>;
  /** Absolute errors of `exhaustsAt` in seconds, from 4 s after the onset on; Infinity where no instant was stated. */
  readonly errors: Readonly<Record<string, readonly number[]>>;
  /** Of ramps: the error 300 s and 60 s before the failure over the remaining time, and the error allowed at 60 s. */
  readonly ahead300: Readonly<Record<string, number>> | null;
  readonly ahead60: Readonly<Record<string, number>> | null;
  readonly allowed60: number | null;
  /** Of one random sample at which a warning was shown. */
  readonly held: IntervalScore | null;
  readonly referenceHeld: IntervalScore | null;
  readonly bursts: readonly BurstMoment[];
  /** The warnings if they were given from another probability on, with and without the pool's history. */
  readonly curve: readonly { readonly from: number; readonly said: Warnings; readonly withoutHistory: Warnings }[];
}

/** The probabilities from which a warning might be given. */
const CURVE = [0.1, 0.2, 0.35, 0.5, 0.65, 0.8, 0.85] as const;

/** Every source of warnings, in the order of the tables. */
export const WARNING_SOURCES: readonly string[] = ['shown', 'alarm', 'reference', ...BASELINE_NAMES];

export function computeFigures(watched: WatchedCase): CaseFigures {
  const { case: of, failedAt, statements } = watched;
  const { scenario, capacity } = of;
  const phi = findPhi(of);
  const onset = scenario.onsetS ?? 0;
  const far = isFar(of);
  const faster = failedAt !== null && failedAt - onset <= 2 * scenario.sampleS + 4;
  const warnings: Record<string, Warnings> = {
    shown: countWarnings(watched, (each) => each.probability > SHOWN_ABOVE),
    alarm: countWarnings(watched, (each) => each.alarmed),
    reference: countWarnings(watched, (each) => each.reference.probability > SHOWN_ABOVE),
  };
  if (scenario.bursts !== null) {
    warnings['lengths'] = countWarnings(watched, (each) => each.ofLengths > SHOWN_ABOVE);
  }
  BASELINE_NAMES.forEach(
    (name, i) => (warnings[name] = countWarnings(watched, (each) => each.baselines[i]?.alarmed ?? false)),
  );
  const shown = statements.filter((each) => each.probability > SHOWN_ABOVE);
  const moment = shown[Math.floor(createDraw(of.seed ^ 0x5ca1e).between(0, shown.length))];
  const ramp = isRamp(of);
  const after = watched.outage === null ? [] : [watched.outage];
  return {
    family: of.family,
    kind: of.kind,
    capacity,
    seed: of.seed,
    sampleS: scenario.sampleS,
    failedAt,
    far,
    faster,
    missedSamples: scenario.missed > 0,
    samples: statements.length,
    critical: statements.some(({ critical }) => critical),
    rateOutside: computeSum([...statements, ...after].map(({ rateOutside }) => rateOutside)),
    unlikely: computeSum([...statements, ...after].map(({ unlikely }) => unlikely)),
    outage: watched.outage,
    shownElsewhere: statements.some(({ elsewhere }) => elsewhere > SHOWN_ABOVE),
    warnings,
    errors:
      failedAt === null || ramp || scenario.program !== null ? {} : collectErrors(statements, onset + 4, failedAt),
    ahead300: ramp ? measureErrorsAhead(watched, 300) : null,
    ahead60: ramp ? measureErrorsAhead(watched, 60) : null,
    allowed60: ramp && failedAt !== null ? computeAllowedError(of, failedAt, phi) : null,
    held: failedAt === null || moment === undefined ? null : scoreInterval(moment, moment, failedAt),
    referenceHeld: failedAt === null || moment === undefined ? null : scoreInterval(moment, moment.reference, failedAt),
    bursts: scenario.bursts === null ? [] : listBurstMoments(watched),
    curve: CURVE.map((from) => ({
      from,
      said: countWarnings(watched, (each) => each.probability > from),
      withoutHistory: countWarnings(watched, (each) => each.ifHeld > from),
    })),
  };
}

function countWarnings(
  { statements, failedAt, case: of }: WatchedCase,
  warned: (each: Statement) => boolean,
): Warnings {
  const stretches = findStretches(statements, warned, failedAt);
  const starts = new Map(statements.map((each) => [each.at * 1000, each.reference.probability]));
  const count = { fulfilled: 0, unjustified: 0, unfulfilled: 0 };
  const failedAtMs = failedAt === null ? null : failedAt * 1000;
  for (const episode of mergeEpisodes(stretches)) {
    count[judgeEpisode(episode, { failedAtMs, referenceAtStart: starts.get(episode.fromMs) ?? 0 })] += 1;
  }
  if (failedAt === null) return { ...count, missed: false, leadS: 0, possibleS: 0 };
  const onsetMs = 1000 * (of.scenario.onsetS ?? 0);
  const { leadMs, possibleMs } = measureLead(stretches, { onsetMs, failedAtMs: failedAt * 1000 });
  return { ...count, missed: count.fulfilled === 0, leadS: leadMs / 1000, possibleS: possibleMs / 1000 };
}

/** The unbroken stretches of warning. The last one extends to the failure when it was not interrupted before. */
function findStretches(
  statements: readonly Statement[],
  warned: (each: Statement) => boolean,
  failedAt: number | null,
): Episode[] {
  const stretches: { fromMs: number; toMs: number }[] = [];
  let current: { fromMs: number; toMs: number } | null = null;
  for (const each of statements) {
    if (!warned(each)) {
      current = null;
      continue;
    }
    if (current === null) {
      current = { fromMs: each.at * 1000, toMs: each.at * 1000 };
      stretches.push(current);
    }
    current.toMs = each.at * 1000;
  }
  if (current !== null && failedAt !== null) current.toMs = failedAt * 1000;
  return stretches;
}

/** Every sample of the burst from its second one on. */
function listBurstMoments({ statements, failedAt, case: of }: WatchedCase): BurstMoment[] {
  const onset = of.scenario.onsetS ?? 0;
  const endS = of.scenario.churn.find(({ atS }) => atS > onset)?.atS ?? Infinity;
  return statements
    .filter(({ at }) => at >= onset + of.scenario.sampleS && at < Math.min(endS, failedAt ?? Infinity))
    .map(({ probability, ifHeld, ofLengths }) => ({
      said: probability,
      withoutHistory: ifHeld,
      ofLengths,
      exhausted: failedAt !== null,
    }));
}
