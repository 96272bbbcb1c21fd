/** The demand on a pool while not every call finds a port, and connects that nobody answers. */
import { formatCount, formatPercent, formatRate } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { capitalize } from './format.js';

/** Whether no port is free, or none was until just now: closes then state the least demand, or nothing. */
export function isUnmet({ mode, demandAtLeast }: WirePool): boolean {
  return mode === 'exhausted' || demandAtLeast;
}

/** `32`, `≥ 32` while demand is unmet; null where the rate is not known. */
export function formatDemandRate(pool: WirePool): string | null {
  return pool.closeRate === null ? null : formatAtLeast(pool, formatRate(pool.closeRate), pool.closeRate);
}

/** `73%`, `≥ 198%` while demand is unmet; null where the pressure is not known. */
export function formatPressure(pool: WirePool): string | null {
  return pool.pressure === null ? null : formatAtLeast(pool, formatPercent(pool.pressure), pool.closeRate ?? 0);
}

/** `Demand at least 32/s; connects fail`; null while every call finds a port. */
export function describeUnmet(pool: WirePool): string | null {
  if (!isUnmet(pool)) return null;
  const rate = pool.demandAtLeast ? pool.closeRate : null;
  const fail = `${nameCalls(pool)} ${pool.mode === 'exhausted' ? 'fail' : 'failed until just now'}`;
  return rate !== null && rate > 0 ? `Demand at least ${formatRate(rate)}/s; ${fail}` : capitalize(fail);
}

/** `23 connects are unanswered (SYN_SENT); each attempt holds its port until it times out`; null without that cause. */
export function describeUnanswered({ cause, synSent }: WirePool): string | null {
  if (cause !== 'unanswered') return null;
  const connects = synSent === 1 ? '1 connect is' : `${formatCount(synSent)} connects are`;
  return `${connects} unanswered (SYN_SENT); each attempt holds its port until it times out`;
}

function nameCalls({ kind }: Pick<WirePool, 'kind'>): string {
  return kind === 'bind' ? 'binds' : 'connects';
}

/** Fewer connections open than the clients want, so a rate is a lower bound, and without a demand nothing is known. */
function formatAtLeast(pool: WirePool, text: string, rate: number): string | null {
  if (!isUnmet(pool)) return text;
  return pool.demandAtLeast && rate > 0 ? `≥ ${text}` : null;
}
