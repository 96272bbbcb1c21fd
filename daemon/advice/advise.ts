/** The whole advice on one pool: what it shows, what helps by how much, what does nothing, and the programs concerned. */
import { isNotable } from '../forecast/thresholds.js';
import type { PoolForecast } from '../forecast/types.js';
import type { HostLimits, HostPlatform } from '../host/limits.js';
import { formatCount, formatPercent, formatRate } from '../units.js';
import { describeAssumption, readPlatform } from './assumed-platform.js';
import { describeEffect } from './build-remedy.js';
import type { AdviceContext, Owner } from './context.js';
import { compareDescriptors, type DescriptorUse } from './descriptors.js';
import type { Remedy } from './effect.js';
import { findPrograms, type FoundProgram } from './match-program.js';
import { sortRemedies } from './remedies.js';
import { findSignatures, type Signature } from './signatures.js';

export interface PoolAdvice {
  readonly forecast: PoolForecast;
  readonly platform: HostPlatform;
  /** What to do first, in one sentence. */
  readonly summary: string;
  /** What the effects rest on. */
  readonly assumes: string;
  readonly signatures: readonly Signature[];
  readonly remedies: readonly Remedy[];
  readonly useless: readonly Remedy[];
  readonly programs: readonly FoundProgram[];
  readonly descriptors: readonly DescriptorUse[];
  readonly owners: readonly Owner[];
  readonly sinceMs: number | null;
}

/** At or above this pressure a pool is at risk, as the alert `pressure` has it by default. */
const RISKY_PRESSURE = 0.8;

/** Whether a pool needs advice unasked: it runs out, or is close to it, or its connects fail. */
export function isAtRisk(pool: PoolForecast): boolean {
  const { exhaustsAtMs, cause, mode, pressure, failedConnects } = pool;
  const isEnding = exhaustsAtMs !== null || cause != null || mode === 'exhausted' || mode === 'leak';
  return isEnding || (pressure ?? 0) >= RISKY_PRESSURE || (failedConnects ?? 0) > 0;
}

export function adviseOnPool(forecast: PoolForecast, limits: HostLimits, context: AdviceContext): PoolAdvice {
  const platform = context.platform ?? readPlatform(limits);
  const { remedies, useless } = sortRemedies(forecast, limits, context);
  return {
    forecast,
    platform,
    summary: sumUp(forecast, remedies),
    assumes: describeAssumptions(forecast, limits, platform),
    signatures: findSignatures(forecast, context),
    remedies,
    useless,
    programs: findPrograms(context),
    descriptors: compareDescriptors(forecast, context.owners),
    owners: context.owners,
    sinceMs: context.sinceMs,
  };
}

function sumUp(forecast: PoolForecast, [best]: readonly Remedy[]): string {
  const risk = isAtRisk(forecast) ? '' : isNotable(forecast) ? 'Not at risk now. ' : 'Nothing needs to be done now. ';
  if (best === undefined) return `${risk}No remedy is known for it.`;
  return `${risk}${risk === '' ? 'First' : 'If it becomes so'}: ${best.title} (${describeEffect(best)}).`;
}

function describeAssumptions(forecast: PoolForecast, limits: HostLimits, platform: HostPlatform): string {
  const { closeRate, closeRateLow, closeRateHigh, demandAtLeast, pressure } = forecast;
  const elsewhere = describeAssumption(limits, platform);
  if (elsewhere !== null)
    return `Computed ${elsewhere}${closeRate === null ? ', which is not known yet' : ` (${formatRate(closeRate)}/s)`}.`;
  if (closeRate === null) return 'The close rate is not known yet, so no effect can be computed.';
  const interval =
    closeRateLow === null || closeRateHigh === null
      ? ''
      : ` (90%: ${formatRate(closeRateLow)} to ${formatRate(closeRateHigh)})`;
  const rate = demandAtLeast === true ? `at least ${formatRate(closeRate)}` : formatRate(closeRate);
  const now =
    pressure === null
      ? ''
      : `; without a remedy this needs ${formatPercent(pressure)} of ${formatCount(forecast.capacity)} ports`;
  return `Computed for ${rate} closes/s${interval}, ${formatCount(forecast.live)} open connections${now}.`;
}
