/** The figures of the families that are made from programs, and of what no sample of any family may state. */
import type { CaseFigures } from './case-figures.js';
import type { Figure } from './figure.js';
import { computeLeadShare, computeSum, divide } from './statistics.js';

export function summarizePrograms(all: readonly CaseFigures[]): Figure[] {
  const harmless = all.filter(({ failedAt }) => failedAt === null);
  const failing = all.filter(({ failedAt }) => failedAt !== null);
  const outages = all.flatMap(({ outage }) => (outage === null ? [] : [outage]));
  const slow = failing.filter(({ faster }) => !faster);
  const fast = failing.filter(({ faster }) => faster);
  return [
    countCriticals('critical_programs', 'false critical alarms, programs', harmless, 'program'),
    countCriticals('critical_pools', 'false critical alarms, pools that open or reconnect', harmless, 'pool'),
    countMissed('missed_programs', 'missed, programs', slow, 'shown'),
    countMissed('missed_alarm_programs', 'missed by alarms, programs', slow, 'alarm'),
    countMissed('missed_programs_faster', 'missed, programs, faster than sampling', fast, 'shown'),
    countMissed('missed_alarm_programs_faster', 'missed by alarms, programs, faster than sampling', fast, 'alarm'),
    ...(['shown', 'alarm'] as const).map((who): Figure => {
      const value = computeLeadShare(slow.flatMap(({ warnings }) => warnings[who] ?? []));
      const what = who === 'shown' ? 'lead, programs' : 'lead of alarms, programs';
      return { key: `lead_programs_${who}`, what, unit: 'share', value, cases: slow.length, reference: null };
    }),
    {
      key: 'outage_calm',
      what: 'samples that say steady, never or no rate while connects fail',
      unit: 'share',
      value: divide(computeSum(outages.map(({ calm }) => calm)), computeSum(outages.map(({ samples }) => samples))),
      cases: outages.length,
      reference: null,
    },
  ];
}

/** What no sample of any family may state. */
export function summarizeFaults(all: readonly CaseFigures[]): Figure[] {
  const counted = { unit: 'count', cases: all.length, reference: null } as const;
  return [
    {
      ...counted,
      key: 'rate_outside',
      what: 'samples whose rate lies outside of its own 90% interval',
      value: computeSum(all.map(({ rateOutside }) => rateOutside)),
    },
    {
      ...counted,
      key: 'unlikely_stated',
      what: 'samples that state an instant or churn with a probability below 0.2',
      value: computeSum(all.map(({ unlikely }) => unlikely)),
    },
  ];
}

function countCriticals(
  key: string,
  what: string,
  harmless: readonly CaseFigures[],
  kind: CaseFigures['kind'],
): Figure {
  const cases = harmless.filter((each) => each.kind === kind);
  const value = divide(cases.filter(({ critical }) => critical).length, cases.length);
  return { key, what, unit: 'share', value, cases: cases.length, reference: null };
}

function countMissed(key: string, what: string, failing: readonly CaseFigures[], who: 'shown' | 'alarm'): Figure {
  const value = failing.filter(({ warnings }) => warnings[who]?.missed === true).length;
  // Without a case there is nothing that could be missed.
  return {
    key,
    what,
    unit: 'count',
    value: failing.length === 0 ? NaN : value,
    cases: failing.length,
    reference: null,
  };
}
