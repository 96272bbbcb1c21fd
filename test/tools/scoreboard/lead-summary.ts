/** Leads: how long before the failure it was warned of, as a share of what was possible. */
import type { CaseFigures } from './case-figures.js';
import type { Figure } from './figure.js';
import { computeLeadShare } from './statistics.js';

export function summarizeAlarmLead(key: string, what: string, cases: readonly CaseFigures[]): Figure {
  const counted = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  const value = computeLeadShare(counted.flatMap((each) => each.warnings['alarm'] ?? []));
  return { key, what, unit: 'share', value, cases: counted.length, reference: null };
}

export function summarizeLead(sampleS: number, cases: readonly CaseFigures[]): Figure {
  const counted = cases.filter((each) => each.far && each.failedAt !== null && !each.faster);
  const share = (who: string): number => computeLeadShare(counted.flatMap((each) => each.warnings[who] ?? []));
  return {
    key: `lead_${sampleS}`,
    what: `lead on steps, sampled every ${sampleS} s`,
    unit: 'share',
    value: share('shown'),
    cases: counted.length,
    reference: share('reference'),
  };
}
