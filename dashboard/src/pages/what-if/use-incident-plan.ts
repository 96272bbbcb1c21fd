/** The what-if over an incident, which the daemon computes. Only the answer to the newest question is kept. */
import { useEffect, useState } from 'preact/hooks';
import type { WireIncidentPlan } from '../../../../daemon/wire/plan-incident.js';
import { API, ApiError, getJson, isObject } from '../../state/api.js';

interface IncidentPlanLoad {
  /** Stays while a newer answer is on its way. */
  readonly plan: WireIncidentPlan | null;
  readonly error: ApiError | null;
  readonly isLoading: boolean;
}

/** While a slider is dragged, no question is asked. */
const QUIET_MS = 250;
const NOTHING: IncidentPlanLoad = { plan: null, error: null, isLoading: false };

/** @param query of `GET /api/v1/plan`; null while there is nothing to ask. */
export function useIncidentPlan(query: string | null): IncidentPlanLoad {
  const [load, setLoad] = useState<IncidentPlanLoad>(NOTHING);
  useEffect(() => {
    if (query === null) return;
    const abort = new AbortController();
    setLoad(({ plan }) => ({ plan, error: null, isLoading: true }));
    const timer = setTimeout(() => {
      fetchPlan(query, abort.signal).then(
        (plan) => !abort.signal.aborted && setLoad({ plan, error: null, isLoading: false }),
        (failure: unknown) => {
          if (abort.signal.aborted) return;
          const error = failure instanceof ApiError ? failure : new ApiError(0, String(failure));
          setLoad(({ plan }) => ({ plan, error, isLoading: false }));
        },
      );
    }, QUIET_MS);
    return () => {
      abort.abort();
      clearTimeout(timer);
    };
  }, [query]);
  return query === null ? NOTHING : load;
}

/** @throws ApiError */
async function fetchPlan(query: string, signal: AbortSignal): Promise<WireIncidentPlan> {
  const body = await getJson(`${API}/plan?${query}`, signal);
  if (isObject(body) && isObject(body['lines']) && Array.isArray(body['pools']))
    return body as unknown as WireIncidentPlan;
  throw new ApiError(0, 'the answer has an unknown form; reload the page if portcast was updated');
}
