/** `GET /api/v1/pools?search=`: what the daemon answers, over all pools of the scenario and not only those that were sent. */
import { samplePool } from './canned-forecast.js';
import { poolModels, type Shown } from './canned-pools.js';

/** Null where the request is no search of pools. */
export function answerPoolSearch(scenario: Shown, url: URL, startMs: number): object | null {
  const search = url.searchParams.get('search');
  if (url.pathname !== '/api/v1/pools' || search === null) return null;
  const words = search.toLowerCase().split(/\s+/);
  const pools = poolModels(scenario)
    .map((pool) => samplePool(pool, Date.now(), startMs, false))
    .filter(({ remoteAddress, remotePort, mode }) => {
      const text = `${remoteAddress ?? ''}:${remotePort ?? ''} ${mode}`;
      return words.every((word) => text.includes(word));
    });
  const limit = Number(url.searchParams.get('limit') ?? '100');
  return { pools: pools.slice(0, limit), matches: pools.length };
}
