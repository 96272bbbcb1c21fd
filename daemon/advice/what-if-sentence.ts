/** The result of a what-if in one sentence. */
import { formatCount, formatDuration, formatPercent, formatRate, SECOND_MS } from '../units.js';
import type { Comparison, Outcome } from './what-if-course.js';
import type { Course, Replay } from './what-if-replay.js';
import { findHold, type ReuseFacts, type Settings, type Situation } from './what-if.js';

/** From here on a share would be rounded to 100%. */
const ALMOST_FULL = 0.995;

/** `With 10 requests a connection 10.0.0.2:443 settles at 16% of 28,232 ports and never runs out; as it is it runs out in 48 s.` */
export function writeComparison(now: Situation, settings: Settings, { asIs, changed }: Comparison): string {
  const before = describeOutcome(asIs);
  const list = listSettings(settings, now);
  if (list === '') return `${capitalize(now.name)} ${before}.`;
  const where = describeSources(settings);
  const after = describeOutcome(changed, where);
  const same = after === before ? 'the same as it does now' : null;
  const rest = same === null ? `as it is it ${before}` : same;
  return `With ${list} ${now.name} ${after}${same === null ? '; ' : ', '}${rest}.`;
}

/** `With 10 requests a connection 10.0.0.2:443 would have peaked at 61% of 28,232 ports and not run out; as it was ...` */
export function writeReplay(
  name: string,
  { asIs, changed, isLeast }: Replay,
  { settings, facts }: { settings: Settings; facts: { readonly holdMs: number; readonly reuse: ReuseFacts } },
): string {
  const before = `peaked at ${describePeak(asIs)} and ${describeOut(asIs, 'was', 'did not run out')}`;
  const list = listSettings(settings, facts);
  if (list === '') return `${capitalize(name)} ${before}.`;
  const least = isLeast && changed.outAtMs === null ? ' or more' : '';
  const after = `would have peaked at ${describePeak(changed, describeSources(settings), least)}`;
  const out = describeOut(changed, isLeast ? 'been, at least,' : 'been', 'not run out');
  return `With ${list} ${name} ${after} and ${out}; as it was it ${before}.`;
}

function describeOutcome({ capacity, live, pressure, secondsToExhaustion: seconds }: Outcome, where = ''): string {
  const ports = `${formatCount(capacity)} ports${where}`;
  if (seconds === null) return `settles at ${formatShare(pressure)} of ${ports} and never runs out`;
  if (live >= capacity) return `is out of ports: its live connections alone take all of ${ports}`;
  if (seconds === 0) return `has none of ${ports} left now`;
  return `runs out in ${formatDuration(seconds * SECOND_MS)}`;
}

/** Never 100% of what is not full. */
function formatShare(ratio: number): string {
  return ratio < 1 && ratio >= ALMOST_FULL ? '99.9%' : formatPercent(ratio);
}

function describePeak({ peak, capacity }: Course, where = '', least = ''): string {
  return `${formatShare(capacity === 0 ? 1 : peak / capacity)}${least} of ${formatCount(capacity)} ports${where}`;
}

function describeOut({ outAtMs, outSeconds }: Course, was: string, not: string): string {
  return outAtMs === null ? not : `${was} out of ports for ${formatDuration(outSeconds * SECOND_MS)}`;
}

function describeSources({ sources = 1 }: Settings): string {
  return sources === 1 ? '' : ' at each address';
}

/** `10 requests a connection and 2 source addresses`; without those of which one is as before. */
function listSettings(settings: Settings, now: { readonly holdMs: number; readonly reuse: ReuseFacts }): string {
  const { ports, reserved, timeWaitMs, rate, live, sources, requests, reuse } = settings;
  const parts = [
    ports && `the ports ${ports[0]}-${ports[1]}`,
    reserved !== undefined && plural(reserved, 'reserved port'),
    timeWaitMs !== undefined && reuse !== true && `ports held for ${formatDuration(timeWaitMs)}`,
    rate !== undefined && `${formatRate(rate)} closes/s`,
    live !== undefined && plural(live, 'live connection'),
    sources !== undefined && sources !== 1 && plural(sources, 'source address', 'source addresses'),
    requests !== undefined && requests !== 1 && `${plural(requests, 'request')} a connection`,
    reuse === true && `reuse after ${formatDuration(findHold(now, settings))}`,
  ].filter((part) => typeof part === 'string');
  return parts.length < 2 ? parts.join('') : `${parts.slice(0, -1).join(', ')} and ${parts.at(-1) ?? ''}`;
}

function plural(count: number, one: string, many = `${one}s`): string {
  const shown = Number.isInteger(count) ? formatCount(count) : String(count);
  return `${shown} ${count === 1 ? one : many}`;
}

function capitalize(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
