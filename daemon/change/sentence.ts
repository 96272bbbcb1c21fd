/** What is said of a change: its title, and what it did to the pool that changed most. */
import { formatCount, formatPercent, formatRate, SECOND_MS } from '../units.js';
import type { Change, Figures, PoolComparison, Quantity, SettingChange, Shift } from './change.js';

/** Ports in use that differ by less than this share of the capacity stayed as they were. */
const SAME_USE = 0.02;
const SAME_RATE = 0.1;
const SYSCTL_PREFIX = /^net\.ipv4\./;

const SUBJECTS: Readonly<Record<Quantity, string>> = {
  closeRate: 'close rate of',
  live: 'open connections of',
  pressure: 'pressure of',
  growth: 'growth of open connections of',
};

const FORMATS: Readonly<Record<Quantity, (value: number) => string>> = {
  closeRate: (value) => `${formatRate(value)}/s`,
  live: formatCount,
  pressure: formatPercent,
  growth: (value) => `${value < 0 ? '-' : ''}${formatRate(Math.abs(value))}/min`,
};

/** `tcp_tw_reuse 0 -> 1`; `close rate of 10.0.0.2:443 fell from 12/s to 1.1/s`. */
export function titleChange({ kind, settings, shifts, pools, times }: Change): string {
  if (kind === 'setting') {
    const text = settings.map(nameSetting).join(', ');
    return times > 1 ? `${text} (changed ${formatCount(times)} times)` : text;
  }
  const name = pools[0]?.name ?? 'a pool that is gone';
  const [first] = shifts;
  return first === undefined ? `${name} behaves differently` : `${SUBJECTS[first.quantity]} ${name} ${move(first)}`;
}

/** `port use of 10.0.0.2:443 fell from 94% to 12%, failed connects from 3.1/s to 0`; null while nothing can be said. */
export function describeEffect({ kind, pools }: Change): string | null {
  const known = pools.filter(({ before, after }) => before !== null && after !== null);
  const most = known.sort((a, b) => measureEffect(b) - measureEffect(a))[0];
  if (most?.before == null || most.after === null) return null;
  const parts = [describeUse(most.name, most.before, most.after)];
  const failed = describeFailed(most.before, most.after);
  if (failed !== null) parts.push(failed);
  // The title of a change of behaviour says what became of the rate.
  const rate = kind === 'setting' ? describeRate(most.before, most.after) : null;
  if (rate !== null) parts.push(rate);
  return parts.join(', ');
}

/** Calls that failed per second; null where they were not counted. */
export function failedPerSecond({ failed, seenMs }: Figures): number | null {
  return failed === null || seenMs <= 0 ? null : failed / (seenMs / SECOND_MS);
}

function move({ quantity, from, to }: Shift): string {
  const format = FORMATS[quantity];
  return `${to < from ? 'fell' : 'rose'} from ${format(from)} to ${format(to)}`;
}

function nameSetting({ name, from, to }: SettingChange): string {
  const short = name.replace(SYSCTL_PREFIX, '');
  return `${short} ${quoteValue(from)} -> ${quoteValue(to)}`;
}

/** As the kernel writes it, with one space where it writes a tab; `none` for an empty list. */
function quoteValue(value: string): string {
  const text = value.trim().replace(/\s+/g, ' ');
  if (text === '') return 'none';
  return text.length > 60 ? `${text.slice(0, 57)}...` : text;
}

function useOf({ used, capacity }: Figures): number {
  return capacity > 0 ? used / capacity : 1;
}

function measureEffect({ before, after }: PoolComparison): number {
  if (before === null || after === null) return -1;
  const failed = Math.abs((failedPerSecond(after) ?? 0) - (failedPerSecond(before) ?? 0));
  return Math.abs(useOf(after) - useOf(before)) + (failed > 0 ? 1 : 0) + useOf(before) / 100;
}

function describeUse(name: string, before: Figures, after: Figures): string {
  const [from, to] = [useOf(before), useOf(after)];
  if (Math.abs(to - from) < SAME_USE) return `port use of ${name} stayed at ${formatPercent(to)}`;
  return `port use of ${name} ${to < from ? 'fell' : 'rose'} from ${formatPercent(from)} to ${formatPercent(to)}`;
}

function describeFailed(before: Figures, after: Figures): string | null {
  const [from, to] = [failedPerSecond(before), failedPerSecond(after)];
  if (to === null || (from === null && to === 0)) return null;
  if (from === null) return `failed connects are ${formatRate(to)}/s`;
  if (from === 0 && to === 0) return null;
  return `failed connects from ${formatFailed(from)} to ${formatFailed(to)}`;
}

function formatFailed(perSecond: number): string {
  return perSecond === 0 ? '0' : `${formatRate(perSecond)}/s`;
}

function describeRate(before: Figures, after: Figures): string | null {
  const [from, to] = [before.closeRate, after.closeRate];
  if (from === null || to === null) return null;
  if (Math.abs(to - from) <= SAME_RATE * Math.max(from, to)) return null;
  return `closes from ${formatRate(from)}/s to ${formatRate(to)}/s`;
}
