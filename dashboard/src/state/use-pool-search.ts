/** The pools that match a search. The daemon searches all of them where it sends only those that are most at risk. */
import { useEffect, useRef, useState } from 'preact/hooks';
import { SECOND_MS } from '../../../daemon/units.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import { describeCount, describeSearch, matchesPool } from '../words/pool-search.js';
import { ApiError, searchPools, type FoundPools } from './api.js';
import { sample } from './live.js';

/** A request follows when nothing was typed for this long. */
const TYPING_MS = 250;
const REFRESH_MS = 5 * SECOND_MS;
const BAD_REQUEST = 400;
const NOT_FOUND = 404;

interface PoolSearch {
  readonly pools: readonly WirePool[];
  /** How many match or are shown, of how many. */
  readonly note: string;
}

export function usePoolSearch(query: string): PoolSearch {
  const sent = sample.value?.pools ?? [];
  const total = Math.max(sent.length, sample.value?.status.poolCount ?? 0);
  const wanted = query.trim();
  const found = useFound(wanted !== '' && total > sent.length ? wanted : '');
  if (wanted === '') return { pools: sent, note: describeCount(sent.length, total) };
  if (found === null) {
    const pools = sent.filter((pool) => matchesPool(pool, wanted));
    return {
      pools,
      note: describeSearch({ matching: pools.length, shown: pools.length, total, searched: sent.length }),
    };
  }
  // What was sent is newer than the answer to the search.
  const newest = new Map(sent.map((pool) => [pool.id, pool]));
  const pools = found.pools.map((pool) => newest.get(pool.id) ?? pool);
  return { pools, note: describeSearch({ matching: found.matching, shown: pools.length, total, searched: total }) };
}

interface Answer {
  readonly query: string;
  readonly found: FoundPools | null;
}

/** What the daemon found; null while it has not answered, where it cannot search, and without a query. */
function useFound(query: string): FoundPools | null {
  const [answer, setAnswer] = useState<Answer>({ query: '', found: null });
  /** A server of an older version refuses the parameter. */
  const isUnable = useRef(false);
  useEffect(() => {
    if (query === '' || isUnable.current) return undefined;
    const abort = new AbortController();
    const request = async (): Promise<void> => {
      try {
        const found = await searchPools(query, abort.signal);
        if (!abort.signal.aborted) setAnswer({ query, found });
      } catch (error) {
        if (abort.signal.aborted) return;
        isUnable.current = error instanceof ApiError && [BAD_REQUEST, NOT_FOUND].includes(error.status);
        setAnswer({ query, found: null });
      }
    };
    const start = (): void => {
      if (!document.hidden && !isUnable.current) void request();
    };
    const first = setTimeout(start, TYPING_MS);
    const timer = setInterval(start, REFRESH_MS);
    return () => {
      abort.abort();
      clearTimeout(first);
      clearInterval(timer);
    };
  }, [query]);
  return answer.query === query && query !== '' ? answer.found : null;
}
