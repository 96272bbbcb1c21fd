/** Compares the sources of warnings, and shows what earlier warnings cost. */
import { WARNING_SOURCES, type CaseFigures, type Warnings } from './case-figures.js';
import { computeLeadShare, divide } from './statistics.js';

/** The sums of one source of warnings over all far cases. */
interface Standing {
  readonly who: string;
  readonly missed: number;
  readonly failing: number;
  readonly unjustified: number;
  readonly unfulfilled: number;
  readonly cases: number;
  readonly lead: number;
}

export function compareStandings(all: readonly CaseFigures[]): Standing[] {
  const far = all.filter((each) => each.far);
  const failing = far.filter((each) => each.failedAt !== null && !each.faster && !each.missedSamples);
  return WARNING_SOURCES.map((who) => ({
    who,
    missed: failing.filter((each) => each.warnings[who]?.missed).length,
    failing: failing.length,
    unjustified: far.filter((each) => (each.warnings[who]?.unjustified ?? 0) > 0).length,
    unfulfilled: far.filter((each) => (each.warnings[who]?.unfulfilled ?? 0) > 0).length,
    cases: far.length,
    lead: computeLeadShare(failing.flatMap((each) => each.warnings[who] ?? [])),
  }));
}

/** One point of the trade-off between early warnings and unfulfilled ones. */
interface TradeOff {
  readonly from: number;
  readonly stepLead: number;
  readonly burstUnfulfilled: number;
  readonly knownLead: number;
  readonly knownUnfulfilled: number;
  readonly unknownUnfulfilled: number;
}

export function compareTradeOff(all: readonly CaseFigures[]): TradeOff[] {
  const far = all.filter((each) => each.far && !each.faster);
  const steps = far.filter(({ family, failedAt }) => family === 'step' && failedAt !== null);
  const bursts = far.filter(({ family }) => family.startsWith('burst'));
  const known = far.filter(({ family }) => family === 'known burst');
  const points = all[0]?.curve.map(({ from }) => from) ?? [];
  return points.map((from, i) => {
    const said = (cases: readonly CaseFigures[]) => cases.flatMap((each) => each.curve[i]?.said ?? []);
    const without = (cases: readonly CaseFigures[]) => cases.flatMap((each) => each.curve[i]?.withoutHistory ?? []);
    const unfulfilled = (warnings: readonly Warnings[]): number =>
      divide(warnings.filter((each) => each.unfulfilled > 0).length, warnings.length);
    return {
      from,
      stepLead: computeLeadShare(said(steps)),
      burstUnfulfilled: unfulfilled(said(bursts)),
      knownLead: computeLeadShare(said(known.filter((each) => each.failedAt !== null))),
      knownUnfulfilled: unfulfilled(said(known.filter((each) => each.failedAt === null))),
      unknownUnfulfilled: unfulfilled(without(known.filter((each) => each.failedAt === null))),
    };
  });
}
