/** From the figures of many cases to the figures of the scoreboard. */
import type { BurstMoment, CaseFigures, Held } from './case-figures.js';
import { leadShare, mean, quantile, ratio } from './statistics.js';

const QUIET = ['steady below', 'settling step', 'daily pattern', 'reuse on loopback'];
const QUIET_OVER_DISPERSED = ['steady, over-dispersed', 'settling step, over-dispersed'];
const STOPPING = [
  'burst that stops',
  'burst on a base that stops',
  'known burst',
  'leak that stops',
  'churn and a leak that stops',
  'ramp that settles',
];
const STEPS = ['step', 'step, every 1 s', 'step, every 5 s', 'step, every 15 s'];
const OVER_DISPERSED_STEP = 'step, over-dispersed';
const PACED_STEP = 'step, paced';

/** One number of the scoreboard; NaN where no case tells. */
export interface Figure {
  readonly key: string;
  readonly what: string;
  readonly unit: 'share' | 's' | 'ratio' | 'count';
  readonly value: number;
  readonly cases: number;
  /** The same of who knows the true rate. */
  readonly oracle: number | null;
  /** The same of who knows when the rate changed, and has to measure it since. */
  readonly measured?: number;
}

/** Figures of one capacity and one set of seeds. */
export function summarize(all: readonly CaseFigures[]): Figure[] {
  const of = (...families: string[]) => all.filter(({ family }) => families.includes(family));
  const poisson = all.filter(
    ({ family }) => ![...QUIET_OVER_DISPERSED, OVER_DISPERSED_STEP, PACED_STEP].includes(family),
  );
  const failing = all.filter((each) => each.failedAt !== null && each.far && !each.faster && !each.missedSamples);
  return [
    ...misses('missed', '', failing),
    ...misses(
      'missed_faster',
      ', faster than sampling',
      all.filter((each) => each.faster),
    ),
    ...misses(
      'missed_gaps',
      ', with missed samples',
      all.filter((each) => each.missedSamples && !each.faster),
    ),
    ...falseAlarms('quiet', 'steady and settling steps, Poisson', of(...QUIET)),
    ...falseAlarms('quiet_over', 'steady and settling steps, over-dispersed', of(...QUIET_OVER_DISPERSED)),
    ...falseAlarms('stopping', 'bursts, leaks and ramps that stop', of(...STOPPING)),
    elsewhere(of('many destinations')),
    ...errors('step', 'error after a far step, Poisson', of('step')),
    ...errors('step_over', 'error after a far step, over-dispersed', of(OVER_DISPERSED_STEP)),
    beyondKnowing('error after a far step, over-dispersed', of(OVER_DISPERSED_STEP)),
    ...errors('step_paced', 'error after a far step, paced', of(PACED_STEP)),
    ...ramps(of('ramp that goes over')),
    ...[1, 2, 5, 15].map((sampleS) =>
      lead(
        sampleS,
        of(...STEPS).filter((each) => each.sampleS === sampleS),
      ),
    ),
    ...held('poisson', 'Poisson', poisson),
    ...held('over', 'over-dispersed', of(OVER_DISPERSED_STEP)),
    ...held('paced', 'paced', of(PACED_STEP)),
    ...bursts(of('known burst')),
  ];
}

/** Failures of which nothing was shown before, and those of which nothing was mailed. */
function misses(key: string, where: string, cases: readonly CaseFigures[]): Figure[] {
  const missedBy = (who: string): number => cases.filter((each) => each.warnings[who]?.missed).length;
  const counted = { unit: 'count', cases: cases.length } as const;
  return [
    { ...counted, key, what: `missed${where}`, value: missedBy('shown'), oracle: missedBy('oracle') },
    { ...counted, key: `${key}_alarm`, what: `missed by alarms${where}`, value: missedBy('alarm'), oracle: null },
  ];
}

/** Share of the far cases in which anybody was warned without reason, and of those in which the reason went away. */
function falseAlarms(key: string, what: string, cases: readonly CaseFigures[]): Figure[] {
  const far = cases.filter((each) => each.far);
  const share = (who: string, field: 'unjustified' | 'unfulfilled'): number =>
    ratio(far.filter((each) => (each.warnings[who]?.[field] ?? 0) > 0).length, far.length);
  return (['unjustified', 'unfulfilled'] as const).flatMap((field): Figure[] => [
    {
      key: `${field}_${key}`,
      what: `${field}, ${what}`,
      unit: 'share',
      value: share('shown', field),
      cases: far.length,
      oracle: share('oracle', field),
    },
    {
      key: `${field}_alarm_${key}`,
      what: `${field} alarms, ${what}`,
      unit: 'share',
      value: share('alarm', field),
      cases: far.length,
      oracle: null,
    },
  ]);
}

/** Of several destinations one runs out: the others, each below its limit, are not to be named. */
function elsewhere(cases: readonly CaseFigures[]): Figure {
  return {
    key: 'elsewhere',
    what: 'another destination shown to run out',
    unit: 'count',
    value: cases.filter(({ shownElsewhere }) => shownElsewhere).length,
    cases: cases.length,
    oracle: null,
  };
}

function errors(key: string, what: string, cases: readonly CaseFigures[]): Figure[] {
  const { far, pooled } = farErrors(cases);
  return ([0.5, 0.95] as const).map((q): Figure => {
    const name = q === 0.5 ? 'median' : 'p95';
    return {
      key: `error_${name}_${key}`,
      what: `${what}, ${name}`,
      unit: 's',
      value: quantile(pooled('portcast'), q),
      cases: far.length,
      oracle: quantile(pooled('oracle'), q),
      measured: quantile(pooled('measured'), q),
    };
  });
}

/** How much further off than who knows the rate: he has the noise of the closes to come against him, too. */
function beyondKnowing(what: string, cases: readonly CaseFigures[]): Figure {
  const { far, pooled } = farErrors(cases);
  const over = (who: string): number => ratio(quantile(pooled(who), 0.95), quantile(pooled('oracle'), 0.95));
  return {
    key: 'error_p95_beyond',
    what: `${what}, p95 over that of who knows the rate`,
    unit: 'ratio',
    value: over('portcast'),
    cases: far.length,
    oracle: null,
    measured: over('measured'),
  };
}

function farErrors(cases: readonly CaseFigures[]) {
  const far = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  return { far, pooled: (who: string): number[] => far.flatMap((each) => each.errors[who] ?? []) };
}

function ramps(cases: readonly CaseFigures[]): Figure[] {
  const far = cases.filter((each) => each.far);
  const at = (field: 'ahead300' | 'ahead60', who: string): number[] => far.flatMap((each) => each[field]?.[who] ?? []);
  const within = (who: string): number[] =>
    far.flatMap(({ ahead60, allowed60 }) =>
      ahead60 === null ? [] : (ahead60[who] ?? Infinity) / (allowed60 ?? Infinity),
    );
  return [
    {
      key: 'ramp_300',
      what: 'ramps, 300 s ahead, p95 of error over remaining time',
      unit: 'share',
      value: quantile(at('ahead300', 'portcast'), 0.95),
      cases: at('ahead300', 'portcast').length,
      oracle: quantile(at('ahead300', 'oracle'), 0.95),
      measured: quantile(at('ahead300', 'measured'), 0.95),
    },
    {
      key: 'ramp_60',
      what: 'ramps, 60 s ahead, p95 of error over what is allowed',
      unit: 'ratio',
      value: quantile(within('portcast'), 0.95),
      cases: within('portcast').length,
      oracle: quantile(within('oracle'), 0.95),
    },
  ];
}

function lead(sampleS: number, cases: readonly CaseFigures[]): Figure {
  const counted = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  const share = (who: string): number => leadShare(counted.flatMap((each) => each.warnings[who] ?? []));
  return {
    key: `lead_${sampleS}`,
    what: `lead on steps, sampled every ${sampleS} s`,
    unit: 'share',
    value: share('shown'),
    cases: counted.length,
    oracle: share('oracle'),
  };
}

function held(key: string, what: string, cases: readonly CaseFigures[]): Figure[] {
  const pairs = cases.flatMap(({ held: own, oracleHeld }) =>
    own === null || oracleHeld === null ? [] : [{ own, oracleHeld }],
  );
  const of = (pick: (held: Held) => number, who: 'own' | 'oracleHeld'): number[] =>
    pairs.map((pair) => pick(pair[who]));
  const inside = (each: Held): number => (each.inside ? 1 : 0);
  return [
    {
      key: `coverage_${key}`,
      what: `90% interval holds the truth, ${what}`,
      unit: 'share',
      value: mean(of(inside, 'own')),
      cases: pairs.length,
      oracle: mean(of(inside, 'oracleHeld')),
    },
    {
      key: `width_${key}`,
      what: `its median width, ${what}`,
      unit: 's',
      value: quantile(
        of((each) => each.widthS, 'own'),
        0.5,
      ),
      cases: pairs.length,
      oracle: quantile(
        of((each) => each.widthS, 'oracleHeld'),
        0.5,
      ),
    },
    {
      key: `interval_score_${key}`,
      what: `its mean score, ${what}`,
      unit: 's',
      value: mean(of((each) => each.score, 'own')),
      cases: pairs.length,
      oracle: mean(of((each) => each.score, 'oracleHeld')),
    },
  ];
}

const MIN_IN_DECILE = 50;

/** Beside each: who knows the true rate and the law of the lengths, but not when this burst stops. */
function bursts(cases: readonly CaseFigures[]): Figure[] {
  const moments = cases.flatMap((each) => each.bursts);
  const rate = mean(moments.map(({ exhausted }) => Number(exhausted)));
  // Near the limit chance decides: those count for what is said, not for who was warned.
  const failing = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  const brier = (say: (moment: BurstMoment) => number): number =>
    mean(moments.map((each) => (say(each) - Number(each.exhausted)) ** 2));
  const withoutHistory = brier((each) => each.withoutHistory);
  const baseRate = brier(() => rate);
  const missed = (who: string): number => failing.filter((each) => each.warnings[who]?.missed).length;
  const lead = (who: string): number =>
    mean(failing.map((each) => leadShare(each.warnings[who] === undefined ? [] : [each.warnings[who]])));
  const both = (figure: (say: (moment: BurstMoment) => number) => number) => ({
    value: figure(({ said }) => said),
    oracle: figure(({ ofLengths }) => ofLengths),
  });
  const figures: Omit<Figure, 'cases'>[] = [
    { key: 'burst_brier', what: 'known bursts, Brier score', unit: 'ratio', ...both(brier) },
    {
      key: 'burst_brier_rate',
      what: 'the same over that without history',
      unit: 'ratio',
      ...both((say) => ratio(brier(say), withoutHistory)),
    },
    {
      key: 'burst_brier_base',
      what: 'the same over that of the base rate',
      unit: 'ratio',
      ...both((say) => ratio(brier(say), baseRate)),
    },
    {
      key: 'burst_decile',
      what: `worst decile of at least ${MIN_IN_DECILE} moments is off by`,
      unit: 'share',
      ...both((say) => worstDecile(moments, say)),
    },
    {
      key: 'burst_missed',
      what: 'known bursts, missed at 0.5',
      unit: 'count',
      value: missed('shown'),
      oracle: missed('lengths'),
    },
    {
      key: 'burst_lead',
      what: 'known bursts, mean lead share',
      unit: 'share',
      value: lead('shown'),
      oracle: lead('lengths'),
    },
  ];
  return figures.map((figure) => ({ ...figure, cases: cases.length }));
}

export interface Decile {
  readonly from: number;
  readonly moments: number;
  readonly said: number;
  readonly came: number;
}

export function deciles(
  moments: readonly BurstMoment[],
  say: (moment: BurstMoment) => number = ({ said }) => said,
): Decile[] {
  return Array.from({ length: 10 }, (_, i) => {
    const within = moments.filter((each) => Math.min(9, Math.floor(say(each) * 10)) === i);
    return {
      from: i / 10,
      moments: within.length,
      said: mean(within.map(say)),
      came: mean(within.map(({ exhausted }) => Number(exhausted))),
    };
  });
}

function worstDecile(moments: readonly BurstMoment[], say: (moment: BurstMoment) => number): number {
  const full = deciles(moments, say).filter((each) => each.moments >= MIN_IN_DECILE);
  return full.length === 0 ? NaN : Math.max(...full.map(({ said, came }) => Math.abs(said - came)));
}
