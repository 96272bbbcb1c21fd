/** The requests of the pages of one pool and of one port series. */
import type { WireMarks, WirePoolNow, WirePoolScore } from '../../../daemon/wire/pool-page.js';
import type { WireFoundPort, WirePortEnds } from '../../../daemon/wire/port-page.js';
import type { WireSchedule } from '../../../daemon/wire/schedule.js';
import type { Span } from '../chart/span.js';
import { API, ApiError, getJson, isObject } from './api.js';

/** @throws ApiError 404 where there never was such a pool */
export async function fetchPool(id: string, signal: AbortSignal): Promise<WirePoolNow> {
  return await getDocument<WirePoolNow>(`pools/${encodeURIComponent(id)}`, ['id', 'localAddress'], signal);
}

/** @throws ApiError 404 where the latest sample does not have the pool */
export async function fetchSchedule(id: string, signal: AbortSignal): Promise<WireSchedule> {
  return await getDocument<WireSchedule>(`pools/${encodeURIComponent(id)}/schedule`, ['sampledAt'], signal);
}

/** @throws ApiError */
export async function fetchPoolScore(id: string, signal: AbortSignal): Promise<WirePoolScore> {
  return await getDocument<WirePoolScore>(`pools/${encodeURIComponent(id)}/score`, ['warnings', 'episodes'], signal);
}

/** @throws ApiError */
export async function fetchMarks(id: string, { fromMs, toMs }: Span, signal: AbortSignal): Promise<WireMarks> {
  const span = `from=${Math.max(0, Math.round(fromMs))}&to=${Math.round(toMs)}`;
  return await getDocument<WireMarks>(`pools/${encodeURIComponent(id)}/marks?${span}`, ['alerts', 'incidents'], signal);
}

/** @throws ApiError 404 where the latest sample does not have the series */
export async function fetchEnds(id: string, signal: AbortSignal): Promise<WirePortEnds> {
  return await getDocument<WirePortEnds>(`ports/${encodeURIComponent(id)}/ends`, ['ends', 'others'], signal);
}

/** @throws ApiError 400 where that is no port */
export async function findPorts(port: string, signal: AbortSignal): Promise<WireFoundPort[]> {
  const body = await getJson(`${API}/ports?port=${encodeURIComponent(port)}`, signal);
  if (!Array.isArray(body)) throw unknownForm('list of port series');
  return body as WireFoundPort[];
}

async function getDocument<T>(path: string, fields: readonly string[], signal: AbortSignal): Promise<T> {
  const body = await getJson(`${API}/${path}`, signal);
  if (!isObject(body) || fields.some((field) => body[field] === undefined)) throw unknownForm('answer');
  return body as T;
}

function unknownForm(noun: string): ApiError {
  return new ApiError(0, `the ${noun} has an unknown form; reload the page if portcast was updated`);
}
