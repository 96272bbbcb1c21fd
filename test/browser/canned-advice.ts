/** The advice on the canned pools, made by the real code. */
import { readSamples } from '../../daemon/app/samples.js';
import { adviseOnPool } from '../../daemon/advice/advise.js';
import { NO_CONTEXT, PLATFORMS } from '../../daemon/advice/context.js';
import { PROGRAM_NAMES } from '../../daemon/advice/programs.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { poolAdviceToWire } from '../../daemon/wire/advice.js';
import type { WirePool } from '../../daemon/wire/pool.js';
import { createPoolForecast } from '../builders/pool-forecast.js';
import { limitsOf } from '../tools/simulator/world.js';
import { cannedSample } from './canned-data.js';
import { HOSTILE, type Shown } from './canned-pools.js';

const ADVICE = /^\/api\/v1\/pools\/([^/]+)\/advice$/;
const LIMITS = limitsOf({
  range: { first: 32_768, last: 60_999 },
  twReuse: 2,
  reservedPorts: [{ first: 9100, last: 9100 }],
});
/** Null where the request is not about advice. */
export function answerAdvice(scenario: Shown, url: URL, startMs: number): { status: number; body: unknown } | null {
  const id = ADVICE.exec(url.pathname)?.[1];
  if (id === undefined) return null;
  const known = cannedSample(scenario, Date.now(), startMs).pools.find((pool) => pool.id === decodeURIComponent(id));
  // What incidents are about is not among the pools of every scenario.
  const forecast =
    known === undefined ? createPoolForecast({ closeRate: 684.5, capacity: 28_232, live: 150 }) : readPool(known);
  const advice = adviseOnPool(forecast, LIMITS, {
    ...NO_CONTEXT,
    listeners: [22, 8080, 9148],
    samples: readSamples(),
    program: PROGRAM_NAMES.find((name) => name === url.searchParams.get('program')) ?? null,
    platform: PLATFORMS.find((name) => name === url.searchParams.get('platform')) ?? null,
    owners: [
      {
        pid: 4021,
        name: scenario === 'hostile' ? HOSTILE : 'node',
        confidence: 0.9,
        openFiles: 980,
        openFilesLimit: 1024,
      },
    ],
  });
  return { status: 200, body: poolAdviceToWire(advice) };
}

function readPool(pool: WirePool): PoolForecast {
  const { id, kind, namespace, family, localAddress, remoteAddress, remotePort, capacity, used, available } = pool;
  const { closeRateLow, closeRateHigh } = pool;
  const { live, timeWait, closeWait, synSent, closeRate, liveGrowth, pressure, cause, mode, why, holdSeconds } = pool;
  const place = { id, kind, namespace, family, localAddress, remoteAddress, remotePort };
  const use = { capacity, used, available, live, timeWait, closeWait, synSent };
  return createPoolForecast({
    ...place,
    ...use,
    closeRate,
    closeRateLow,
    closeRateHigh,
    liveGrowth,
    pressure,
    cause,
    mode,
    why,
    holdMs: holdSeconds * 1000,
    sampledAtMs: Date.parse(pool.sampledAt),
    exhaustsAtMs: pool.exhaustsAt === null ? null : Date.parse(pool.exhaustsAt),
  });
}
