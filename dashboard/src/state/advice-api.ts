/** Requests of the advice. */
import type { WirePoolAdvice } from '../../../daemon/wire/advice.js';
import { API, ApiError, getJson, isObject } from './api.js';

/** The program and the system that were asked for; empty: what the host shows. */
export interface AdviceChoice {
  readonly program: string;
  readonly platform: string;
}

/** @throws ApiError 404 where the pool is not known now */
export async function fetchPoolAdvice(id: string, choice: AdviceChoice, signal: AbortSignal): Promise<WirePoolAdvice> {
  const query = new URLSearchParams(Object.entries(choice).filter(([, value]) => value !== ''));
  const path = `${API}/pools/${encodeURIComponent(id)}/advice${query.size === 0 ? '' : `?${query.toString()}`}`;
  const body = await getJson(path, signal);
  if (!isObject(body) || !Array.isArray(body['remedies']) || !Array.isArray(body['useless'])) {
    throw new ApiError(0, 'the advice has an unknown form; reload the page if portcast was updated');
  }
  return body as unknown as WirePoolAdvice;
}
