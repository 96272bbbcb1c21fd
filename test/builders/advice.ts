/** Advice on the pool of the tests, and how a test finds what it names. */
import { expect } from 'vitest';
import { adviseOnPool, type PoolAdvice } from '../../daemon/advice/advise.js';
import { NO_CONTEXT, type AdviceContext, type Owner } from '../../daemon/advice/context.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { HostLimits } from '../../daemon/host/limits.js';
import { poolForecast } from './forecasts.js';
import { limitsOf } from '../tools/simulator/world.js';

export const owner = (name: string, more: Partial<Owner> = {}): Owner => ({ pid: 7, name, confidence: 1, ...more });
export const advise = (
  changes: Partial<PoolForecast> = {},
  { limits = limitsOf(), ...context }: Partial<AdviceContext> & { limits?: HostLimits } = {},
): PoolAdvice => adviseOnPool(poolForecast(changes), limits, { ...NO_CONTEXT, ...context });
export const signaturesOf = (...given: Parameters<typeof advise>): string[] =>
  advise(...given).signatures.map(({ name }) => name);
export const remedyOf = (advice: PoolAdvice, name: string) =>
  advice.remedies.find((remedy) => remedy.name === name) ?? expect.unreachable(`no remedy ${name}`);
export const reasonOf = (advice: PoolAdvice, name: string) =>
  advice.useless.find((remedy) => remedy.name === name)?.reason ?? expect.unreachable(`${name} is not listed`);

export const LEAKING: Partial<PoolForecast> = {
  cause: 'growth',
  mode: 'leak',
  live: 600,
  timeWait: 10,
  used: 610,
  available: 390,
  closeRate: 0.1,
  liveGrowth: 0.25,
};
