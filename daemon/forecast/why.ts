/** One sentence per pool that explains its forecast, with the numbers, in the words of an operator. */
import { formatEndpoint, isWildcard } from '../host/endpoint.js';
import { formatCount, formatDuration, formatGrowthRate, formatPercent, formatRate, SECOND_MS } from '../units.js';
import type { PoolInflow } from './rate/pool-inflow.js';
import type { PoolForecast } from './types.js';
import type { Unanswered } from './unanswered.js';

/** What the sentence needs in addition to the forecast's own numbers. */
export interface WhyContext {
  readonly inflow: PoolInflow | null;
  readonly granularityLearned: boolean;
  readonly timeWaitAssumed: boolean;
  /** The pool's share of `tcp_max_tw_buckets` where that keeps it from filling, else null. */
  readonly cappedAt: number | null;
  /** Rows that wait for an answer; null where there are none. */
  readonly unanswered: Unanswered | null;
  /** After which time the ports would run out, where that is not likely enough to be stated; null where they would not. */
  readonly unlikelyAfterMs: number | null;
}

type UnexplainedForecast = Omit<PoolForecast, 'why' | 'ahead'>;

export function explainForecast(forecast: UnexplainedForecast, context: WhyContext): string {
  const notes = listNotes(forecast, context);
  return `${explainMode(forecast, context)}${notes.length > 0 ? ` (${notes.join('; ')})` : ''}.`;
}

function explainMode(forecast: UnexplainedForecast, context: WhyContext): string {
  const { mode, live, closeRate, closeWait } = forecast;
  const ports = formatCount(forecast.capacity);
  switch (mode) {
    case 'exhausted':
      return `All ${ports} ports ${forecast.skippedPorts === undefined ? '' : 'that connect() can take '}are held (${describeHolders(forecast)}): ${describeUnmet(forecast)}`;
    case 'leak': {
      if (forecast.cause === 'unanswered')
        return `${describeUnanswered(forecast)}: the ports run out ${describeInstant(forecast)}`;
      const stuck = closeWait > 0 ? `, ${formatCount(closeWait)} of them in CLOSE_WAIT` : '';
      const closes = (closeRate ?? 0) > 0 ? `, in addition to ${formatRate(closeRate ?? 0)} closes/s` : '';
      return `Live connections grow by ${formatGrowthRate(forecast.liveGrowth ?? 0)} and hold ${formatCount(live)} of ${ports} ports${stuck}${closes}: the ports run out ${describeInstant(forecast)}`;
    }
    case 'churn':
      if (forecast.cause === 'unanswered')
        return `${describeUnanswered(forecast)}: the ports run out ${describeInstant(forecast)}`;
      return `${describeCloses(forecast)}${describeClimb(forecast, context)} hold a port for ${describeHold(forecast)} each: ${describeLimit(forecast)}, so they run out ${describeInstant(forecast)}`;
    case 'idle':
      if (forecast.demandAtLeast === true) return explainUnmet(forecast);
      return `No closes and no growth: ${formatCount(forecast.used)} of ${ports} ports are held`;
    case 'steady':
      return explainSteady(forecast, context);
  }
}

function explainSteady(forecast: UnexplainedForecast, context: WhyContext): string {
  const { cappedAt } = context;
  const { closeRate } = forecast;
  const ports = formatCount(forecast.capacity);
  const held = `${formatCount(forecast.used)} of ${ports} ports are held`;
  if (forecast.demandAtLeast === true) return explainUnmet(forecast);
  if (closeRate === null) return `${held}; the close rate is unknown until a second sample`;
  if (context.unanswered !== null) return `${held}: ${describeWaiting(forecast, context.unanswered)}`;
  if ((forecast.liveGrowth ?? 0) > 0) return `${held}, and ${describeGrowth(forecast, context)}`;
  if (cappedAt !== null) {
    return `${describeCloses(forecast)} would hold more, but tcp_max_tw_buckets stops TIME_WAIT at ${formatCount(cappedAt)} of ${ports} ports`;
  }
  const climb = describeClimb(forecast, context);
  const rate = `${describeCloses(forecast)}${climb} hold a port for ${describeHold(forecast)} each`;
  const pressure = forecast.pressure ?? 0;
  // Nothing settles above the limit.
  if (pressure >= 1)
    return `${rate}: this needs ${formatCount(pressure * forecast.capacity)} ports and there are ${ports}`;
  const settles = climb === '' ? 'use settles' : 'without the climb, use would settle';
  const level = `${settles} at ${formatPercent(pressure)} of ${ports} ports`;
  return `${rate}: ${level}, ${formatExactRate(forecast.sustainableRate)}/s would fill them`;
}

function describeHolders({ cause, live, timeWait, synSent = 0 }: UnexplainedForecast): string {
  const unanswered = cause === 'unanswered' ? `, of which ${formatCount(synSent)} unanswered connects (SYN_SENT)` : '';
  return `${formatCount(live)} live${unanswered}, ${formatCount(timeWait)} in TIME_WAIT`;
}

/** Connects that nobody answers are a queue: they settle at their rate times their life, as nothing else holds so long. */
function describeWaiting(forecast: UnexplainedForecast, { agesMs, perSecond, holdMs }: Unanswered): string {
  const { remoteAddress, remotePort, capacity, pressure } = forecast;
  const who = remoteAddress === null ? 'the other side' : formatEndpoint(remoteAddress, remotePort ?? 0);
  const connects = (forecast.synSent ?? 0) > 0 ? 'unanswered connects (SYN_SENT)' : 'closes without an answer';
  const life = `each holds its port for up to ${formatDuration(holdMs)}`;
  const settles =
    pressure === null || pressure >= 1
      ? `${formatExactRate(perSecond)} more come every second`
      : `use settles at ${formatPercent(pressure)} of ${formatCount(capacity)} ports`;
  return `${formatCount(agesMs.length)} ${connects}, as ${who} does not answer; ${life}, so ${settles}`;
}

/** Growth of which it is not likely that it goes on until the ports run out, or which does not fill the pool. */
function describeGrowth({ liveGrowth, closeRate }: UnexplainedForecast, { unlikelyAfterMs }: WhyContext): string {
  const closes = (closeRate ?? 0) > 0 ? ` beside ${formatExactRate(closeRate ?? 0)} closes/s` : '';
  const grow = `live connections grow by ${formatGrowthRate(liveGrowth ?? 0)}${closes}`;
  if (unlikelyAfterMs === null) return `${grow}, which does not fill the pool within a day`;
  return `${grow}; only if that goes on do the ports run out, in ${formatDuration(unlikelyAfterMs)}`;
}

/** Ports are free again, and the demand that found none may still be there. */
function explainUnmet(forecast: UnexplainedForecast): string {
  const held = `${formatCount(forecast.used)} of ${formatCount(forecast.capacity)} ports are held`;
  return `${held}, and none was free until just now: ${describeUnmet(forecast)}`;
}

/** Closes stop while no port is free, because connects fail: the demand does not stop. */
function describeUnmet({ kind, mode, closeRate, demandAtLeast }: UnexplainedForecast): string {
  const calls = kind === 'bind' ? 'binds' : 'connects';
  const fail = mode === 'exhausted' ? `${calls} fail until one comes free` : `${calls} failed`;
  const perSecond = demandAtLeast === true ? (closeRate ?? 0) : 0;
  return perSecond > 0 ? `demand at least ${formatRate(perSecond)}/s; ${fail}` : fail;
}

function describeUnanswered({ synSent = 0, capacity }: UnexplainedForecast): string {
  const connects = synSent === 1 ? '1 connect is' : `${formatCount(synSent)} connects are`;
  return `${connects} unanswered (SYN_SENT) and each attempt holds one of ${formatCount(capacity)} ports until it times out`;
}

function describeCloses({ closeRate }: UnexplainedForecast): string {
  return closeRate === null ? 'Closes' : `${formatExactRate(closeRate)} closes/s`;
}

/** Without this clause the sentence would claim that a rate below the sustainable one uses up the ports. */
function describeClimb({ probabilityBasis }: UnexplainedForecast, { inflow }: WhyContext): string {
  if (probabilityBasis !== 'climb' || inflow?.climb == null) return '';
  return `, climbing by ${formatExactRate(inflow.climb.perSecond * 60)}/s each minute,`;
}

function describeLimit({ capacity, live, sustainableRate }: UnexplainedForecast): string {
  const lessLive = live === 0 ? '' : ` less ${formatCount(live)} live`;
  return `${formatCount(capacity)} ports${lessLive} sustain ${formatExactRate(sustainableRate)}/s`;
}

function describeInstant({ sampledAtMs, exhaustsAtMs, earliestAtMs, latestAtMs }: UnexplainedForecast): string {
  const afterMs = (exhaustsAtMs ?? sampledAtMs) - sampledAtMs;
  // Ports are left as long as this is a forecast.
  if (afterMs <= 0) return 'at any moment';
  if (earliestAtMs === null) return `in ${formatDuration(afterMs)}`;
  const from = earliestAtMs <= sampledAtMs ? 'now' : formatDuration(earliestAtMs - sampledAtMs);
  const interval =
    latestAtMs === null
      ? `${from === 'now' ? 'at any time from now' : `after ${from}`}, or never`
      : `between ${from} and ${formatDuration(latestAtMs - sampledAtMs)}`;
  return `in ${formatDuration(afterMs)} (90%: ${interval})`;
}

function describeHold({ holdMs }: UnexplainedForecast): string {
  return `${(holdMs / SECOND_MS).toFixed(1)} s`;
}

/** Always with a decimal below 100, because rates near the limit are compared: 16.0 against 16.1 decides. */
function formatExactRate(rate: number): string {
  return rate >= 100 ? formatRate(rate) : rate.toFixed(rate < 1 ? 2 : 1);
}

function listNotes(forecast: UnexplainedForecast, context: WhyContext): string[] {
  const { kind, reuse, mode } = forecast;
  const { inflow } = context;
  const notes: string[] = [];
  const failures = describeFailures(forecast);
  if (failures !== null) notes.push(failures);
  if (forecast.skippedPorts !== undefined) notes.push(describeSkipped(forecast.skippedPorts));
  if (kind === 'bind') {
    const shared = isWildcard(forecast.localAddress)
      ? 'to the wildcard address first, so all local addresses and destinations share its ports'
      : 'to this address first, so all destinations share its ports';
    notes.push(`clients bind ${shared}`);
  }
  if (reuse === 'after_delay') notes.push('TIME_WAIT ports are reused by connect() after the reuse delay');
  if (mode === 'idle' || mode === 'exhausted' || forecast.cause === 'unanswered') return notes;
  if (inflow === null && mode !== 'steady') notes.push('the close rate is not known yet');
  if (inflow?.basis === 'counts') notes.push('the rate is estimated from counts: this system shows no timers');
  if (inflow?.basis === 'young_timers') {
    notes.push('the rate is that of ports younger than the delay, because older ones may have been reused');
  }
  if (context.timeWaitAssumed) notes.push('the length of TIME_WAIT is assumed');
  if (mode === 'churn' && !context.granularityLearned && reuse !== 'after_delay') {
    notes.push('the release step of this kernel is not yet learned, so the longest hold is assumed');
  }
  return notes;
}

/** No row shows these ports (see daemon/pool/least-capacity.ts), so the sentence names their cause. */
function describeSkipped(ports: number): string {
  const looks = ports === 1 ? '1 more port looks free' : `${formatCount(ports)} more ports look free`;
  return `${looks}, but ports that were bound before cannot be taken by connect() on this kernel until their last connection is gone`;
}

/** Ports may have come free again by now, or may be held in a way that the table does not show (kernel rule 5). */
function describeFailures({ kind, failedConnects, available, capacity }: UnexplainedForecast): string | null {
  if (failedConnects === null || failedConnects === 0) return null;
  const call = kind === 'bind' ? 'bind()' : 'connect()';
  const times = failedConnects === 1 ? 'once' : `${formatCount(failedConnects)} times`;
  const failed = `${call} failed ${times} in the last minute because no port was free`;
  if (available === 0) return failed;
  return `${failed}, though ${formatCount(available)} of ${formatCount(capacity)} ports are available now`;
}
