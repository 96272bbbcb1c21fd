/** The span of time in the address of a page: `?range=1h`, `?from=...&to=...` or `?at=...`, in epoch ms or ISO 8601. */
import { MINUTE_MS } from '../../../daemon/units.js';
import { FIRST_RANGE, RANGES, type Range } from './ranges.js';
import { LONGEST_MS, type Span } from './span.js';

interface TimeParams {
  readonly range: Range;
  /** Null follows the present. */
  readonly span: Span | null;
  /** An instant that the address points at. */
  readonly atMs: number | null;
  /** Why the address cannot be followed as it is; null where it can. */
  readonly problem: string | null;
}

/** What is shown before and after the instant of an address. */
const AROUND_MS = 10 * MINUTE_MS;
const MAX_QUOTED = 40;

/** An address that makes no sense shows the first range, and says why. */
export function parseTimeParams(params: string, nowMs: number): TimeParams {
  const given = new URLSearchParams(params);
  const plain: TimeParams = { range: FIRST_RANGE, span: null, atMs: null, problem: null };
  const refuse = (problem: string): TimeParams => ({ ...plain, problem });
  const rangeText = given.get('range');
  const range = RANGES.find(({ key }) => key === rangeText) ?? FIRST_RANGE;
  if (rangeText !== null && range.key !== rangeText) {
    return refuse(`range is ${quote(rangeText)}; allowed: ${RANGES.map(({ key }) => key).join(', ')}`);
  }
  const [at, from, to] = ['at', 'from', 'to'].map((name) => readInstant(given.get(name), nowMs));
  const wrong = ['at', 'from', 'to'].find((_, index) => [at, from, to][index] === 'wrong');
  if (wrong !== undefined) {
    return refuse(
      `${wrong} is ${quote(given.get(wrong) ?? '')}; allowed: an instant of the past in epoch ms or ISO 8601`,
    );
  }
  if (typeof at === 'number') {
    const aroundMs = rangeText === null ? AROUND_MS : range.lengthMs / 2;
    return { range, span: { fromMs: at - aroundMs, toMs: at + aroundMs }, atMs: at, problem: null };
  }
  if (typeof from !== 'number' && typeof to !== 'number') return { ...plain, range };
  if (typeof from !== 'number' || typeof to !== 'number') return refuse('from and to are given together or not at all');
  if (from >= to) return refuse('from is not before to');
  if (to - from > LONGEST_MS) return refuse('from and to are more than 400 days apart');
  return { range, span: { fromMs: from, toMs: to }, atMs: null, problem: null };
}

/** The parameters that lead back to what is shown. */
export function formatTimeParams({ range, span }: Pick<TimeParams, 'range' | 'span'>): string {
  if (span === null) return range === FIRST_RANGE ? '' : `range=${range.key}`;
  return `from=${Math.round(span.fromMs)}&to=${Math.round(span.toMs)}`;
}

/** `wrong` where it is no instant of the past; null where it is not given. */
function readInstant(text: string | null, nowMs: number): number | 'wrong' | null {
  if (text === null) return null;
  const ms = /^\d{1,16}$/.test(text) ? Number(text) : /^\d{4}-\d\d-\d\dT/.test(text) ? Date.parse(text) : NaN;
  // The clock of the host may be a little ahead of the one that wrote the address.
  return Number.isFinite(ms) && ms > 0 && ms <= nowMs + AROUND_MS ? ms : 'wrong';
}

function quote(text: string): string {
  return JSON.stringify(text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}...` : text);
}
