/** All requests to the daemon. Answers are checked as far as the page relies on them; unknown fields are ignored. */
import { signal } from '@preact/signals';
import type { WireAlert } from '../../../daemon/wire/alert.js';
import type { History } from '../../../daemon/wire/history.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { WireSample } from '../../../daemon/wire/sample.js';
import { matchesPool } from '../words/pool-search.js';
import { createSampleReader, STREAM_EVENTS } from './sample-reader.js';

/** Relative, so that the page also works below a path of a reverse proxy. */
export const API = 'api/v1';
/** Most pools that a search gives. */
const SEARCH_LIMIT = 200;

/** How often a request was refused because nobody is logged in. */
export const refusals = signal(0);
const UNAUTHORIZED = 401;

/** A failed request. `status` is that of HTTP, or 0 where no usable answer came; the message is for the viewer. */
export class ApiError extends Error {
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.name = 'ApiError';
    this.status = status;
  }
}

interface HistoryRequest {
  readonly kind: 'pools' | 'ports';
  readonly id: string;
  readonly fromMs: number;
  readonly toMs: number;
  /** At most this many steps, 1 to 2000. */
  readonly points: number;
}

/** @throws ApiError 404 where nothing was ever stored under that id, 0 where no usable answer came */
export async function fetchHistory(request: HistoryRequest, signal: AbortSignal): Promise<History> {
  const query = new URLSearchParams({
    from: Math.round(request.fromMs).toString(),
    to: Math.round(request.toMs).toString(),
    points: Math.round(request.points).toString(),
  });
  const path = `${API}/${request.kind}/${encodeURIComponent(request.id)}/history?${query.toString()}`;
  const body = await getJson(path, signal);
  if (!isObject(body) || !Array.isArray(body['t']) || !isObject(body['mean'])) {
    throw new ApiError(0, 'the history has an unknown form; reload the page if portcast was updated');
  }
  return { min: {}, max: {}, stepMs: 1000, ...body } as unknown as History;
}

export interface FoundPools {
  /** The first of them, most at risk first. */
  readonly pools: readonly WirePool[];
  /** How many match. */
  readonly matching: number;
}

/** @throws ApiError 400 where the server is of a version that cannot search, 0 where no usable answer came */
export async function searchPools(text: string, signal: AbortSignal): Promise<FoundPools> {
  const query = new URLSearchParams({ search: text, limit: SEARCH_LIMIT.toString() });
  const body = await getJson(`${API}/pools?${query.toString()}`, signal);
  if (!isObject(body) || !Array.isArray(body['pools'])) throw new ApiError(0, 'the list of pools has an unknown form');
  const pools = body['pools'] as WirePool[];
  const { matches } = body;
  // A server that ignores the search sends all pools.
  if (typeof matches === 'number') return { pools, matching: matches };
  const found = pools.filter((pool) => matchesPool(pool, text));
  return { pools: found.slice(0, SEARCH_LIMIT), matching: found.length };
}

/** @throws ApiError */
export async function fetchResolvedAlerts(signal: AbortSignal): Promise<WireAlert[]> {
  const body = await getJson(`${API}/alerts?state=resolved`, signal);
  if (!Array.isArray(body)) throw new ApiError(0, 'the list of alerts has an unknown form');
  return body as WireAlert[];
}

interface StreamHandlers {
  readonly onOpen: () => void;
  readonly onSample: (sample: WireSample) => void;
  /** An event was lost, so the stream must be opened again to receive a whole sample. */
  readonly onGap: () => void;
  /** `closed`: the browser does not reconnect by itself, so a new stream must be opened. */
  readonly onError: (closed: boolean) => void;
}

/** Opens the stream of samples and returns a function that closes it. */
export function openStream(handlers: StreamHandlers): () => void {
  const stream = new EventSource(`${API}/events?changes=1`);
  let reader = createSampleReader();
  stream.addEventListener('open', () => {
    // After a connection that broke the stream begins again with a whole sample.
    reader = createSampleReader();
    handlers.onOpen();
  });
  stream.addEventListener('error', () => handlers.onError(stream.readyState === EventSource.CLOSED));
  for (const name of STREAM_EVENTS) {
    stream.addEventListener(name, (event: MessageEvent<string>) => {
      const read = reader.read(name, event.data);
      if (read === 'gap') handlers.onGap();
      else if (read !== null) handlers.onSample(read);
    });
  }
  return () => stream.close();
}

/** @throws ApiError with the words of the server */
export async function getJson(path: string, signal: AbortSignal): Promise<unknown> {
  return await requestJson(path, { signal, headers: { accept: 'application/json' } });
}

/** @throws ApiError with the words of the server, or the error of an aborted request */
export async function requestJson(path: string, init: RequestInit): Promise<unknown> {
  let response: Response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (init.signal?.aborted === true) throw error;
    throw new ApiError(0, 'portcast does not answer');
  }
  const body: unknown = await response.json().catch(() => null);
  if (response.ok) return body;
  if (response.status === UNAUTHORIZED && init.method !== 'POST') refusals.value += 1;
  const detail = isObject(body) && typeof body['detail'] === 'string' ? body['detail'] : response.statusText;
  throw new ApiError(response.status, detail);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
