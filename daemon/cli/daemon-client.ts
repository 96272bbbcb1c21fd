/** Requests documents from the running daemon, in bounded time and with a bounded size. */
import { codeOf, messageOf, PortcastError } from '../errors.js';
import { SECOND_MS } from '../units.js';
import type { WireStatus } from '../wire/status.js';
import { escapeControls } from './terminal.js';
import { fetchPinned } from './tls-fetch.js';

const MAX_SERVER_NAME_LENGTH = 40;
/** The longest document that is read: 50,000 pools have about this size. */
const MAX_BYTES = 64 * 2 ** 20;
/** `codeOf` of the cause when no process listens at the address. */
const REFUSED = 'ECONNREFUSED';
const UNAUTHORIZED = 401;
const LOGIN_HINT =
  '. Run this as root or as the owner of the database, or set $PORTCAST_TOKEN to a token of: portcast token add NAME --role viewer|operator';

export interface DaemonAddress {
  /** Scheme, address and port, and the base path without its last slash: `http://127.0.0.1:9470`. */
  readonly base: string;
  /** The bearer token for one request, if there is one; `path` is that below the base path. */
  readonly login?: (request: { readonly method: string; readonly path: string }) => string | null;
  /** The file with the certificate that the daemon must have. Without it an authority must have signed it. */
  readonly certFile?: string | null;
  /** A request that takes longer is given up. */
  readonly timeoutMs: number;
  readonly signal: AbortSignal;
}

interface Answer {
  readonly status: number;
  readonly ok: boolean;
  readonly server: string | null;
  /** Null when the body is no JSON. */
  readonly body: unknown;
}

/** No answer came from the address of the daemon. */
export class NoAnswerError extends PortcastError {
  /** Whether nothing listens there: no daemon runs. */
  readonly isRefused: boolean;

  constructor(message: string, isRefused: boolean) {
    super('DAEMON_UNREACHABLE', message);
    this.isRefused = isRefused;
  }
}

/**
 * Requests `/api/v1/status`.
 * @throws NoAnswerError when no answer comes in time, PortcastError DAEMON_UNREACHABLE when the answer is an error or that
 * of another server. The messages are safe to print on a terminal.
 */
export async function fetchStatus(address: DaemonAddress): Promise<WireStatus> {
  return await fetchDocument(address, '/api/v1/status', isStatus);
}

/**
 * Requests one document of the API and checks it with `isExpected`; see `fetchStatus` for the errors.
 * @throws PortcastError USAGE where the daemon refuses a parameter.
 */
export async function fetchDocument<T>(
  address: DaemonAddress,
  path: string,
  isExpected: (value: unknown) => value is T,
): Promise<T> {
  const answer = await request(address, path);
  refuseUsage(answer);
  return checkAnswer(address, answer, isExpected);
}

interface Change {
  readonly method: 'POST' | 'DELETE';
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: object;
}

/**
 * Sends a change and checks the document that is the answer; see `fetchStatus` for the errors.
 * @throws PortcastError USAGE where the daemon refuses what was given.
 */
export async function sendChange<T>(
  address: DaemonAddress,
  { method, path, body }: Change,
  isExpected: (value: unknown) => value is T,
): Promise<T> {
  // The daemon takes a change only from a page of its own or from a program that says the same origin.
  const headers = { 'Content-Type': 'application/json', Origin: new URL(address.base).origin };
  const answer = await request(address, path, { method, headers, ...(body && { body: JSON.stringify(body) }) });
  refuseUsage(answer);
  return checkAnswer(address, answer, isExpected);
}

/** @throws PortcastError USAGE where the daemon refuses what was given. */
function refuseUsage({ status, body }: Answer): void {
  if (status === 400 && isProblem(body)) throw new PortcastError('USAGE', escapeControls(body.detail));
}

function checkAnswer<T>(
  { base }: DaemonAddress,
  { ok, status, server, body }: Answer,
  isExpected: (value: unknown) => value is T,
): T {
  if (ok && isExpected(body)) return body;
  if (isProblem(body)) {
    const hint = status === UNAUTHORIZED ? LOGIN_HINT : '';
    throw unreachableError(`portcast at ${base} answered ${status}: ${escapeControls(body.detail)}${hint}`);
  }
  const name =
    server === null ? '' : `, Server: ${escapeControls(JSON.stringify(server.slice(0, MAX_SERVER_NAME_LENGTH)))}`;
  throw unreachableError(`the server at ${base} is not portcast (HTTP ${status}${name})`);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

interface RequestParts {
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

async function request(address: DaemonAddress, path: string, parts: RequestParts = {}): Promise<Answer> {
  const { base, timeoutMs, signal, login, certFile } = address;
  const { method = 'GET', body } = parts;
  const token = login?.({ method, path }) ?? null;
  const headers = { ...parts.headers, ...(token === null ? {} : { Authorization: `Bearer ${token}` }) };
  try {
    const limits = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
    const response =
      base.startsWith('https:') && certFile != null
        ? await fetchPinned(base + path, certFile, { method, headers, body, signal: limits })
        : await fetch(base + path, { method, headers, body: body ?? null, signal: limits, redirect: 'manual' });
    const { ok, status } = response;
    return { ok, status, server: response.headers.get('server'), body: parseJson(await readBody(response)) };
  } catch (error) {
    if (error instanceof PortcastError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const timedOut = error instanceof Error && error.name === 'TimeoutError';
    const why = timedOut ? `no answer within ${timeoutMs / SECOND_MS} s` : messageOf(cause);
    throw new NoAnswerError(`portcast does not answer at ${base}: ${escapeControls(why)}`, codeOf(cause) === REFUSED);
  }
}

async function readBody(response: Response): Promise<string> {
  const decoder = new TextDecoder();
  let [text, bytes] = ['', 0];
  for await (const chunk of response.body ?? []) {
    bytes += (chunk as Uint8Array).byteLength;
    if (bytes > MAX_BYTES) throw unreachableError(`the answer of ${response.url} is longer than ${MAX_BYTES} bytes`);
    text += decoder.decode(chunk as Uint8Array, { stream: true });
  }
  return text + decoder.decode();
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return null;
  }
}

/** Checks the fields that distinguish portcast from another server. */
function isStatus(value: unknown): value is WireStatus {
  return (
    isObject(value) && typeof value['health'] === 'string' && isObject(value['sampling']) && isObject(value['host'])
  );
}

function isProblem(value: unknown): value is { detail: string } {
  return isObject(value) && typeof value['detail'] === 'string' && typeof value['title'] === 'string';
}

function unreachableError(message: string): PortcastError {
  return new PortcastError('DAEMON_UNREACHABLE', message);
}
