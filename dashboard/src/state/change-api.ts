/** The requests for changes and settings. */
import type { WireChange } from '../../../daemon/wire/change.js';
import type { WireSettings } from '../../../daemon/wire/setting.js';
import { API, ApiError, getJson, isObject } from './api.js';

const UNKNOWN_FORM = 'the answer has an unknown form; reload the page if portcast was updated';

/**
 * Newest first.
 * @param pool null for those of all pools.
 * @throws ApiError
 */
export async function fetchChanges(pool: string | null, limit: number, signal: AbortSignal): Promise<WireChange[]> {
  const query = new URLSearchParams({ limit: String(limit), ...(pool === null ? {} : { pool }) });
  const body = await getJson(`${API}/changes?${query.toString()}`, signal);
  if (!Array.isArray(body)) throw new ApiError(0, UNKNOWN_FORM);
  return body as WireChange[];
}

/** @throws ApiError */
export async function fetchSettings(signal: AbortSignal): Promise<WireSettings> {
  const body = await getJson(`${API}/settings`, signal);
  if (!isObject(body) || !Array.isArray(body['settings'])) throw new ApiError(0, UNKNOWN_FORM);
  return body as unknown as WireSettings;
}
