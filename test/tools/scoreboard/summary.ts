/** Turns the figures of many cases into the figures of the scoreboard. */
import type { IntervalScore } from './case-errors.js';
import type { CaseFigures } from './case-figures.js';
import { computeMean, findQuantile, divide } from './statistics.js';
import { summarizeBursts } from './burst-summary.js';
import { type Figure } from './figure.js';
import { summarizeAlarmLead, summarizeLead } from './lead-summary.js';
import { summarizeFaults, summarizePrograms } from './program-summary.js';

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

/** The figures of one capacity and one set of seeds. */
export function summarize(every: readonly CaseFigures[]): Figure[] {
  return [
    ...summarizePlans(every.filter(({ kind }) => kind === 'plan')),
    ...summarizePrograms(every.filter(({ kind }) => kind !== 'plan')),
    ...summarizeFaults(every),
  ];
}

/** The figures of the families that have a plan of rates. */
function summarizePlans(all: readonly CaseFigures[]): Figure[] {
  const of = (...families: string[]) => all.filter(({ family }) => families.includes(family));
  const poisson = all.filter(
    ({ family }) => ![...QUIET_OVER_DISPERSED, OVER_DISPERSED_STEP, PACED_STEP].includes(family),
  );
  const failing = all.filter((each) => each.failedAt !== null && each.far && !each.faster && !each.missedSamples);
  return [
    ...countMisses('missed', '', failing),
    ...countMisses(
      'missed_faster',
      ', faster than sampling',
      all.filter((each) => each.faster),
    ),
    ...countMisses(
      'missed_gaps',
      ', with missed samples',
      all.filter((each) => each.missedSamples && !each.faster),
    ),
    ...countFalseAlarms('quiet', 'steady and settling steps, Poisson', of(...QUIET)),
    ...countFalseAlarms('quiet_over', 'steady and settling steps, over-dispersed', of(...QUIET_OVER_DISPERSED)),
    ...countFalseAlarms('stopping', 'bursts, leaks and ramps that stop', of(...STOPPING)),
    countElsewhere(of('many destinations')),
    ...summarizeErrors('step', 'error after a far step, Poisson', of('step')),
    ...summarizeErrors('step_over', 'error after a far step, over-dispersed', of(OVER_DISPERSED_STEP)),
    compareWithReference('error after a far step, over-dispersed', of(OVER_DISPERSED_STEP)),
    ...summarizeErrors('step_paced', 'error after a far step, paced', of(PACED_STEP)),
    ...summarizeRamps(of('ramp that goes over')),
    ...[1, 2, 5, 15].map((sampleS) =>
      summarizeLead(
        sampleS,
        of(...STEPS).filter((each) => each.sampleS === sampleS),
      ),
    ),
    ...[1, 2, 5, 15].map((sampleS) =>
      summarizeAlarmLead(
        `lead_alarm_${sampleS}`,
        `lead of alarms on steps, sampled every ${sampleS} s`,
        of(...STEPS).filter((each) => each.sampleS === sampleS),
      ),
    ),
    summarizeAlarmLead('lead_alarm_leak', 'lead of alarms on leaks from empty', of('leak')),
    ...summarizeIntervals('poisson', 'Poisson', poisson),
    ...summarizeIntervals('over', 'over-dispersed', of(OVER_DISPERSED_STEP)),
    ...summarizeIntervals('paced', 'paced', of(PACED_STEP)),
    ...summarizeBursts(of('known burst')),
  ];
}

/** Failures before which no warning was shown, and failures before which no alarm was raised. */
function countMisses(key: string, where: string, cases: readonly CaseFigures[]): Figure[] {
  const missedBy = (who: string): number => cases.filter((each) => each.warnings[who]?.missed).length;
  const counted = { unit: 'count', cases: cases.length } as const;
  return [
    { ...counted, key, what: `missed${where}`, value: missedBy('shown'), reference: missedBy('reference') },
    { ...counted, key: `${key}_alarm`, what: `missed by alarms${where}`, value: missedBy('alarm'), reference: null },
  ];
}

/** The share of the far cases with an unjustified warning, and the share with an unfulfilled one. */
function countFalseAlarms(key: string, what: string, cases: readonly CaseFigures[]): Figure[] {
  const far = cases.filter((each) => each.far);
  const share = (who: string, field: 'unjustified' | 'unfulfilled'): number =>
    divide(far.filter((each) => (each.warnings[who]?.[field] ?? 0) > 0).length, far.length);
  return (['unjustified', 'unfulfilled'] as const).flatMap((field): Figure[] => [
    {
      key: `${field}_${key}`,
      what: `${field}, ${what}`,
      unit: 'share',
      value: share('shown', field),
      cases: far.length,
      reference: share('reference', field),
    },
    {
      key: `${field}_alarm_${key}`,
      what: `${field} alarms, ${what}`,
      unit: 'share',
      value: share('alarm', field),
      cases: far.length,
      reference: null,
    },
  ]);
}

/** One of several destinations runs out. No warning may be shown for the others, which stay below their limits. */
function countElsewhere(cases: readonly CaseFigures[]): Figure {
  return {
    key: 'elsewhere',
    what: 'another destination shown to run out',
    unit: 'count',
    value: cases.filter(({ shownElsewhere }) => shownElsewhere).length,
    cases: cases.length,
    reference: null,
  };
}

function summarizeErrors(key: string, what: string, cases: readonly CaseFigures[]): Figure[] {
  const { far, pooled } = farErrors(cases);
  return ([0.5, 0.95] as const).map((q): Figure => {
    const name = q === 0.5 ? 'median' : 'p95';
    return {
      key: `error_${name}_${key}`,
      what: `${what}, ${name}`,
      unit: 's',
      value: findQuantile(pooled('portcast'), q),
      cases: far.length,
      reference: findQuantile(pooled('reference'), q),
      measured: findQuantile(pooled('measured'), q),
    };
  });
}

/** The error over that of the reference, which cannot avoid the random variation of the closes to come either. */
function compareWithReference(what: string, cases: readonly CaseFigures[]): Figure {
  const { far, pooled } = farErrors(cases);
  const over = (who: string): number =>
    divide(findQuantile(pooled(who), 0.95), findQuantile(pooled('reference'), 0.95));
  return {
    key: 'error_p95_beyond',
    what: `${what}, p95 over that of the reference`,
    unit: 'ratio',
    value: over('portcast'),
    cases: far.length,
    reference: null,
    measured: over('measured'),
  };
}

function farErrors(cases: readonly CaseFigures[]) {
  const far = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  return { far, pooled: (who: string): number[] => far.flatMap((each) => each.errors[who] ?? []) };
}

function summarizeRamps(cases: readonly CaseFigures[]): Figure[] {
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
      value: findQuantile(at('ahead300', 'portcast'), 0.95),
      cases: at('ahead300', 'portcast').length,
      reference: findQuantile(at('ahead300', 'reference'), 0.95),
      measured: findQuantile(at('ahead300', 'measured'), 0.95),
    },
    {
      key: 'ramp_60',
      what: 'ramps, 60 s ahead, p95 of error over what is allowed',
      unit: 'ratio',
      value: findQuantile(within('portcast'), 0.95),
      cases: within('portcast').length,
      reference: findQuantile(within('reference'), 0.95),
    },
  ];
}

function summarizeIntervals(key: string, what: string, cases: readonly CaseFigures[]): Figure[] {
  const pairs = cases.flatMap(({ held: own, referenceHeld }) =>
    own === null || referenceHeld === null ? [] : [{ own, referenceHeld }],
  );
  const of = (pick: (held: IntervalScore) => number, who: 'own' | 'referenceHeld'): number[] =>
    pairs.map((pair) => pick(pair[who]));
  const inside = (each: IntervalScore): number => (each.inside ? 1 : 0);
  return [
    {
      key: `coverage_${key}`,
      what: `90% interval holds the truth, ${what}`,
      unit: 'share',
      value: computeMean(of(inside, 'own')),
      cases: pairs.length,
      reference: computeMean(of(inside, 'referenceHeld')),
    },
    {
      key: `width_${key}`,
      what: `its median width, ${what}`,
      unit: 's',
      value: findQuantile(
        of((each) => each.widthS, 'own'),
        0.5,
      ),
      cases: pairs.length,
      reference: findQuantile(
        of((each) => each.widthS, 'referenceHeld'),
        0.5,
      ),
    },
    {
      key: `interval_score_${key}`,
      what: `its mean score, ${what}`,
      unit: 's',
      value: computeMean(of((each) => each.score, 'own')),
      cases: pairs.length,
      reference: computeMean(of((each) => each.score, 'referenceHeld')),
    },
  ];
}
