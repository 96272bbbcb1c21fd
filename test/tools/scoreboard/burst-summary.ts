/** The figures of known bursts: how good the probabilities are that the pool's history gives. */
import type { BurstMoment, CaseFigures } from './case-figures.js';
import { computeLeadShare, computeMean, divide } from './statistics.js';
import type { Figure } from './figure.js';

const MIN_IN_DECILE = 50;

/**
 * The reference of these figures is given the true rate and the distribution of the lengths, but not when this burst
 * stops.
 */
export function summarizeBursts(cases: readonly CaseFigures[]): Figure[] {
  const moments = cases.flatMap((each) => each.bursts);
  const rate = computeMean(moments.map(({ exhausted }) => Number(exhausted)));
  // Near the limit random variation decides. Those cases count for the probabilities, but not for leads and misses.
  const failing = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  const brier = (say: (moment: BurstMoment) => number): number =>
    computeMean(moments.map((each) => (say(each) - Number(each.exhausted)) ** 2));
  const withoutHistory = brier((each) => each.withoutHistory);
  const baseRate = brier(() => rate);
  const missed = (who: string): number => failing.filter((each) => each.warnings[who]?.missed).length;
  const lead = (who: string): number =>
    computeMean(failing.map((each) => computeLeadShare(each.warnings[who] === undefined ? [] : [each.warnings[who]])));
  const both = (figure: (say: (moment: BurstMoment) => number) => number) => ({
    value: figure(({ said }) => said),
    reference: figure(({ ofLengths }) => ofLengths),
  });
  const figures: Omit<Figure, 'cases'>[] = [
    { key: 'burst_brier', what: 'known bursts, Brier score', unit: 'ratio', ...both(brier) },
    {
      key: 'burst_brier_rate',
      what: 'the same over that without history',
      unit: 'ratio',
      ...both((say) => divide(brier(say), withoutHistory)),
    },
    {
      key: 'burst_brier_base',
      what: 'the same over that of the base rate',
      unit: 'ratio',
      ...both((say) => divide(brier(say), baseRate)),
    },
    {
      key: 'burst_decile',
      what: `worst decile of at least ${MIN_IN_DECILE} moments is off by`,
      unit: 'share',
      ...both((say) => findWorstDecile(moments, say)),
    },
    {
      key: 'burst_missed',
      what: 'known bursts, missed at 0.5',
      unit: 'count',
      value: missed('shown'),
      reference: missed('lengths'),
    },
    {
      key: 'burst_lead',
      what: 'known bursts, mean lead share',
      unit: 'share',
      value: lead('shown'),
      reference: lead('lengths'),
    },
  ];
  return figures.map((figure) => ({ ...figure, cases: cases.length }));
}

interface Decile {
  readonly from: number;
  readonly moments: number;
  readonly said: number;
  readonly came: number;
}

export function groupDeciles(
  moments: readonly BurstMoment[],
  say: (moment: BurstMoment) => number = ({ said }) => said,
): Decile[] {
  return Array.from({ length: 10 }, (_, i) => {
    const within = moments.filter((each) => Math.min(9, Math.floor(say(each) * 10)) === i);
    return {
      from: i / 10,
      moments: within.length,
      said: computeMean(within.map(say)),
      came: computeMean(within.map(({ exhausted }) => Number(exhausted))),
    };
  });
}

function findWorstDecile(moments: readonly BurstMoment[], say: (moment: BurstMoment) => number): number {
  const full = groupDeciles(moments, say).filter((each) => each.moments >= MIN_IN_DECILE);
  return full.length === 0 ? NaN : Math.max(...full.map(({ said, came }) => Math.abs(said - came)));
}
