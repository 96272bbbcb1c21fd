/** How all who warn compare, and what earlier warnings cost. */
import { WARNED_BY, type CaseFigures, type Warnings } from './case-figures.js';
import { leadShare, ratio } from './statistics.js';

/** How everybody fares side by side, over all far cases. */
export interface Standing {
  readonly who: string;
  readonly missed: number;
  readonly failing: number;
  readonly unjustified: number;
  readonly unfulfilled: number;
  readonly cases: number;
  readonly lead: number;
}

export function standings(all: readonly CaseFigures[]): Standing[] {
  const far = all.filter((each) => each.far);
  const failing = far.filter((each) => each.failedAt !== null && !each.faster && !each.missedSamples);
  return WARNED_BY.map((who) => ({
    who,
    missed: failing.filter((each) => each.warnings[who]?.missed).length,
    failing: failing.length,
    unjustified: far.filter((each) => (each.warnings[who]?.unjustified ?? 0) > 0).length,
    unfulfilled: far.filter((each) => (each.warnings[who]?.unfulfilled ?? 0) > 0).length,
    cases: far.length,
    lead: leadShare(failing.flatMap((each) => each.warnings[who] ?? [])),
  }));
}

/** One point of the trade between early warnings and warnings that come to nothing. */
export interface TradeOff {
  readonly from: number;
  readonly stepLead: number;
  readonly burstUnfulfilled: number;
  readonly knownLead: number;
  readonly knownUnfulfilled: number;
  readonly unknownUnfulfilled: number;
}

export function tradeOff(all: readonly CaseFigures[]): TradeOff[] {
  const far = all.filter((each) => each.far && !each.faster);
  const steps = far.filter(({ family, failedAt }) => family === 'step' && failedAt !== null);
  const bursts = far.filter(({ family }) => family.startsWith('burst'));
  const known = far.filter(({ family }) => family === 'known burst');
  const points = all[0]?.curve.map(({ from }) => from) ?? [];
  return points.map((from, i) => {
    const said = (cases: readonly CaseFigures[]) => cases.flatMap((each) => each.curve[i]?.said ?? []);
    const without = (cases: readonly CaseFigures[]) => cases.flatMap((each) => each.curve[i]?.withoutHistory ?? []);
    const unfulfilled = (warnings: readonly Warnings[]): number =>
      ratio(warnings.filter((each) => each.unfulfilled > 0).length, warnings.length);
    return {
      from,
      stepLead: leadShare(said(steps)),
      burstUnfulfilled: unfulfilled(said(bursts)),
      knownLead: leadShare(said(known.filter((each) => each.failedAt !== null))),
      knownUnfulfilled: unfulfilled(said(known.filter((each) => each.failedAt === null))),
      unknownUnfulfilled: unfulfilled(without(known.filter((each) => each.failedAt === null))),
    };
  });
}
