/** The requests of the pages of incidents. */
import type { WireOutage } from '../../../daemon/wire/outage.js';
import { API, ApiError, getJson, isObject, requestJson } from './api.js';
import type { Incident, IncidentDetails, Matchers, Silence, TestResult } from './incident-types.js';

/** Incidents on one page of the list. */
const PAGE_SIZE = 50;
const MOST_LIVING = 1000;
const MOST_OUTAGES = 1000;
const BAD_REQUEST = 400;
const NOT_FOUND = 404;
const UNKNOWN_FORM = 'the answer has an unknown form; reload the page if portcast was updated';

/** One page of the list: those that go on stand on the first page only. */
export interface IncidentPage {
  readonly open: readonly Incident[];
  readonly quiet: readonly Incident[];
  readonly resolved: readonly Incident[];
  readonly hasMore: boolean;
}

/**
 * @param before the id of the last incident of the page before; null for the first page.
 * @throws ApiError
 */
export async function fetchIncidents(before: string | null, signal: AbortSignal): Promise<IncidentPage> {
  try {
    const [open, quiet, resolved] = await Promise.all([
      before === null ? fetchState(`state=open&limit=${MOST_LIVING}`, signal) : [],
      before === null ? fetchState(`state=quiet&limit=${MOST_LIVING}`, signal) : [],
      fetchState(
        `state=resolved&limit=${PAGE_SIZE + 1}${before === null ? '' : `&before=${encodeURIComponent(before)}`}`,
        signal,
      ),
    ]);
    return { open, quiet, resolved: resolved.slice(0, PAGE_SIZE), hasMore: resolved.length > PAGE_SIZE };
  } catch (error) {
    if (error instanceof ApiError && error.status === BAD_REQUEST) return await fetchFromOlder(before, signal);
    throw error;
  }
}

/** A server of an older version neither selects nor pages: its newest 1,000 are taken apart here. */
async function fetchFromOlder(before: string | null, signal: AbortSignal): Promise<IncidentPage> {
  const all = await fetchState(`limit=${MOST_LIVING}`, signal);
  const ofState = (state: Incident['state']): Incident[] => all.filter((incident) => incident.state === state);
  const resolved = ofState('resolved');
  const from = before === null ? 0 : resolved.findIndex(({ id }) => id === before) + 1;
  return {
    open: before === null ? ofState('open') : [],
    quiet: before === null ? ofState('quiet') : [],
    resolved: resolved.slice(from, from + PAGE_SIZE),
    hasMore: resolved.length > from + PAGE_SIZE,
  };
}

async function fetchState(query: string, signal: AbortSignal): Promise<Incident[]> {
  return asList<Incident>(await getJson(`${API}/incidents?${query}`, signal));
}

/** @throws ApiError 404 where there is no such incident */
export async function fetchIncident(id: string, signal: AbortSignal): Promise<IncidentDetails> {
  const body = await getJson(`${API}/incidents/${encodeURIComponent(id)}`, signal);
  if (!isObject(body) || !Array.isArray(body['pools']) || !Array.isArray(body['decisions'])) {
    throw new ApiError(0, UNKNOWN_FORM);
  }
  return body as unknown as IncidentDetails;
}

/** The newest outages of all pools. */
export async function fetchOutages(signal: AbortSignal): Promise<WireOutage[]> {
  return asList<WireOutage>(await getJson(`${API}/outages?limit=${MOST_OUTAGES}`, signal));
}

/** Null where the server is of a version without silences. */
export async function fetchSilences(signal: AbortSignal): Promise<Silence[] | null> {
  try {
    return asList<Silence>(await getJson(`${API}/silences`, signal));
  } catch (error) {
    if (error instanceof ApiError && error.status === NOT_FOUND) return null;
    throw error;
  }
}

interface Remark {
  readonly text: string;
  readonly author: string;
}

export async function acknowledge(id: string, { text, author }: Remark): Promise<void> {
  await change('POST', `incidents/${encodeURIComponent(id)}/acknowledge`, { ...named(author), comment: text });
}

export async function liftAcknowledgement(id: string): Promise<void> {
  await change('DELETE', `incidents/${encodeURIComponent(id)}/acknowledge`);
}

export async function addComment(id: string, { text, author }: Remark): Promise<void> {
  await change('POST', `incidents/${encodeURIComponent(id)}/comments`, { ...named(author), text });
}

interface SilenceRequest {
  readonly matchers: Matchers;
  readonly durationSeconds: number;
  readonly author: string;
  readonly comment: string;
}

export async function addSilence({ author, ...request }: SilenceRequest): Promise<void> {
  await change('POST', 'silences', { ...request, ...named(author) });
}

export async function endSilence(id: string): Promise<void> {
  await change('DELETE', `silences/${encodeURIComponent(id)}`);
}

/** One result for each recipient of each channel; empty where no channel is configured. */
export async function sendTestAlert(): Promise<TestResult[]> {
  const body = await change('POST', 'alerts/test', {});
  if (!isObject(body) || !Array.isArray(body['results'])) throw new ApiError(0, UNKNOWN_FORM);
  return body['results'] as TestResult[];
}

/** The server wants the media type of a change also where it has no body. */
async function change(method: 'POST' | 'DELETE', path: string, body?: object): Promise<unknown> {
  return await requestJson(`${API}/${path}`, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
}

function named(author: string): { author?: string } {
  return author.trim() === '' ? {} : { author: author.trim() };
}

function asList<T>(body: unknown): T[] {
  if (!Array.isArray(body)) throw new ApiError(0, UNKNOWN_FORM);
  return body as T[];
}
