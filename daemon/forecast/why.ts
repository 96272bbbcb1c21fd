/** One sentence per pool, with its numbers, in an operator's words. */
import { formatCount, formatDuration, formatPercent, formatRate } from '../units.js';
import type { PoolForecast } from './types.js';
import type { PoolInflow } from './rate/pool-inflow.js';

/** What the forecast's own numbers do not show. */
export interface WhyContext {
  readonly demand: PoolInflow | null;
  readonly granularityLearned: boolean;
  readonly timeWaitAssumed: boolean;
  /** The pool's share of `tcp_max_tw_buckets` where that keeps it from filling, else null. */
  readonly cappedAt: number | null;
}

type UnexplainedForecast = Omit<PoolForecast, 'why' | 'ahead'>;

export function explainForecast(forecast: UnexplainedForecast, context: WhyContext): string {
  const notes = notesOf(forecast, context);
  return `${main(forecast, context)}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}.`;
}

function main(forecast: UnexplainedForecast, context: WhyContext): string {
  const { mode, live, closeRate, closeWait } = forecast;
  const ports = formatCount(forecast.capacity);
  switch (mode) {
    case 'exhausted':
      return `All ${ports} ports are held (${formatCount(live)} live, ${formatCount(forecast.timeWait)} in TIME_WAIT): connects fail until one comes free`;
    case 'leak': {
      const stuck = closeWait > 0 ? `, ${formatCount(closeWait)} of them in CLOSE_WAIT` : '';
      const beside = (closeRate ?? 0) > 0 ? `, beside ${formatRate(closeRate ?? 0)} closes/s` : '';
      return `Live connections grow by ${formatRate(forecast.liveGrowth ?? 0)}/s and hold ${formatCount(live)} of ${ports} ports${stuck}${beside}: they run out ${when(forecast)}`;
    }
    case 'churn':
      return `${closes(forecast)}${climbing(forecast, context)} hold a port for ${holdText(forecast)} each: ${sustained(forecast)}, so they run out ${when(forecast)}`;
    case 'idle':
      return `No closes and no growth: ${formatCount(forecast.used)} of ${ports} ports are held`;
    case 'steady':
      return steady(forecast, context);
  }
}

function steady(forecast: UnexplainedForecast, context: WhyContext): string {
  const { cappedAt } = context;
  const { closeRate } = forecast;
  const ports = formatCount(forecast.capacity);
  const held = `${formatCount(forecast.used)} of ${ports} ports are held`;
  if (closeRate === null) return `${held}; the close rate is unknown until a second sample`;
  if (closeRate === 0) {
    return `${held} and live ones grow by ${formatRate(forecast.liveGrowth ?? 0)}/s, which does not fill them within a day`;
  }
  if (cappedAt !== null) {
    return `${closes(forecast)} would hold more, but tcp_max_tw_buckets stops TIME_WAIT at ${formatCount(cappedAt)} of ${ports} ports`;
  }
  const climbs = climbing(forecast, context);
  const settled = climbs === '' ? 'use settles' : 'without that use would settle';
  const settles = `${settled} at ${formatPercent(forecast.pressure ?? 0)} of ${ports} ports`;
  return `${closes(forecast)}${climbs} hold a port for ${holdText(forecast)} each: ${settles}, ${precise(forecast.sustainableRate)}/s would fill them`;
}

function closes({ closeRate }: UnexplainedForecast): string {
  return closeRate === null ? 'Closes' : `${precise(closeRate)} closes/s`;
}

/** Without it a rate below the sustainable one would be said to run the ports out. */
function climbing({ probabilityBasis }: UnexplainedForecast, { demand }: WhyContext): string {
  if (probabilityBasis !== 'climb' || demand?.climb == null) return '';
  return `, climbing by ${precise(demand.climb.perSecond * 60)}/s each minute,`;
}

function sustained({ capacity, live, sustainableRate }: UnexplainedForecast): string {
  const less = live === 0 ? '' : ` less ${formatCount(live)} live`;
  return `${formatCount(capacity)} ports${less} sustain ${precise(sustainableRate)}/s`;
}

function when({ sampledAtMs, exhaustsAtMs, earliestAtMs, latestAtMs }: UnexplainedForecast): string {
  const after = (exhaustsAtMs ?? sampledAtMs) - sampledAtMs;
  if (after <= 0) return 'now';
  if (earliestAtMs === null) return `in ${formatDuration(after)}`;
  const from = earliestAtMs <= sampledAtMs ? 'now' : formatDuration(earliestAtMs - sampledAtMs);
  const to = latestAtMs === null ? 'not at all' : formatDuration(latestAtMs - sampledAtMs);
  return `in ${formatDuration(after)} (90%: between ${from} and ${to})`;
}

function holdText({ holdMs }: UnexplainedForecast): string {
  return `${(holdMs / 1000).toFixed(1)} s`;
}

/** One decimal is always shown where rates are compared: 16.0 against 16.1 is the whole point. */
function precise(rate: number): string {
  return rate >= 100 ? formatRate(rate) : rate.toFixed(rate < 1 ? 2 : 1);
}

function notesOf(forecast: UnexplainedForecast, context: WhyContext): string[] {
  const { kind, reuse, mode } = forecast;
  const { demand } = context;
  const notes: string[] = [];
  const failing = failingNote(forecast);
  if (failing !== null) notes.push(failing);
  if (kind === 'bind') notes.push('clients bind to this address first, so all destinations share its ports');
  if (reuse === 'after_delay') notes.push('TIME_WAIT ports are reused by connect() after the reuse delay');
  if (mode === 'idle' || mode === 'exhausted') return notes;
  if (demand === null && mode !== 'steady') notes.push('the close rate is not known yet');
  if (demand?.basis === 'counts') notes.push('the rate is estimated from counts: this system shows no timers');
  if (demand?.basis === 'young_timers') {
    notes.push('the rate is that of ports younger than the delay, as reuse hides the older ones');
  }
  if (context.timeWaitAssumed) notes.push('the length of TIME_WAIT is assumed');
  if (mode === 'churn' && !context.granularityLearned && reuse !== 'after_delay') {
    notes.push('the release step of this kernel is not yet learned, so the longest hold is assumed');
  }
  return notes;
}

/** Ports may be back by the time of the sample, or be held in a way that the table does not show (kernel rule 5). */
function failingNote({ kind, failedConnects, available, capacity }: UnexplainedForecast): string | null {
  if (failedConnects === null || failedConnects === 0) return null;
  const call = kind === 'bind' ? 'bind()' : 'connect()';
  const times = failedConnects === 1 ? 'once' : `${formatCount(failedConnects)} times`;
  const failed = `${call} failed for want of a port ${times} in the last minute`;
  if (available === 0) return failed;
  return `${failed}, though ${formatCount(available)} of ${formatCount(capacity)} ports are available now`;
}
