/**
 * One HTTP request, bounded in time and size. Redirects are not followed. What it says about a failure names the server and never
 * the path of the URL or a header, which may be secret.
 */
import { request as requestPlain, type Agent, type ClientRequest, type IncomingMessage } from 'node:http';
import { request as requestTls } from 'node:https';
import { cleanLine } from '../message/sanitize.js';
import { explainFailure } from './failure.js';

export interface HttpTarget {
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  /** How long everything may take: name, connection, TLS, request and answer. */
  readonly timeoutMs: number;
  /** Opens the connections; absent: one is opened for each request, and closed after it. */
  readonly agent?: Agent;
  /** Ends the request; absent: nothing but the time limit does. */
  readonly signal?: AbortSignal;
}

export type HttpAnswer =
  | {
      readonly ok: true;
      readonly status: number;
      /** At most MAX_BODY_BYTES of it, as one clean line, without the parts of the URL. */
      readonly body: string;
      readonly location: string | undefined;
      readonly retryAfter: string | undefined;
    }
  | { readonly ok: false; readonly error: string };

/** An answer may be longer; the rest is not read. */
const MAX_BODY_BYTES = 64 * 1024;
const MAX_QUOTED = 200;
/** A part of a path that is this long may be a secret. */
const SECRET_LENGTH = 4;

/** Scheme and host, which is all of a URL that is shown. */
export function showServer({ url }: Pick<HttpTarget, 'url'>): string {
  return url.origin;
}

type Headers = Readonly<Record<string, string | number>>;

/** @param content JSON. Never rejects. */
export function postJson(target: HttpTarget, content: string, headers: Headers = {}): Promise<HttpAnswer> {
  const body = Buffer.from(content);
  const about = { 'Content-Type': 'application/json', 'Content-Length': body.length };
  return send(target, { method: 'POST', headers: { ...headers, ...about }, body });
}

/** Never rejects. */
export function get(target: HttpTarget): Promise<HttpAnswer> {
  return send(target, { method: 'GET', headers: {}, body: null });
}

interface Content {
  readonly method: 'GET' | 'POST';
  readonly headers: Headers;
  readonly body: Buffer | null;
}

function send(target: HttpTarget, { method, headers, body: content }: Content): Promise<HttpAnswer> {
  return new Promise((resolve) => {
    const { url, timeoutMs } = target;
    const server = showServer(target);
    let request: ClientRequest;
    try {
      request = createRequest(target, { method, headers: { 'User-Agent': 'portcast', ...target.headers, ...headers } });
    } catch (error) {
      // HTTP does not allow every header.
      resolve({ ok: false, error: explainFailure(server, error) });
      return;
    }
    let response: IncomingMessage | null = null;
    const body: Buffer[] = [];
    // Where a status has come it decides, whatever becomes of the rest: the other side has the message.
    const finish = (error: string): void => {
      clearTimeout(timer);
      request.destroy();
      resolve(response === null ? { ok: false, error } : answerOf(response, body, url));
    };
    const timer = setTimeout(() => finish(`${server} did not answer within ${timeoutMs} ms`), timeoutMs);
    request.on('error', (error) => finish(explainFailure(server, error)));
    request.on('response', (incoming) => {
      response = incoming;
      void readBody(incoming, body).finally(() => finish(''));
    });
    request.end(content);
  });
}

/** The request, of which nothing is sent before its end. */
export function createRequest(
  { url, agent, signal }: HttpTarget,
  options: { readonly method: string; readonly headers?: Headers },
): ClientRequest {
  const create = url.protocol === 'https:' ? requestTls : requestPlain;
  return create(url, { ...options, agent: agent ?? false, ...(signal === undefined ? {} : { signal }) });
}

function answerOf({ statusCode = 0, headers }: IncomingMessage, body: readonly Buffer[], url: URL): HttpAnswer {
  const text = Buffer.concat(body).subarray(0, MAX_BODY_BYTES).toString('utf8');
  const words = cleanLine(hideUrl(text, url), MAX_QUOTED);
  return { ok: true, status: statusCode, body: words, location: headers.location, retryAfter: headers['retry-after'] };
}

/** Adds as much of the answer as is looked at. Never rejects. */
async function readBody(response: IncomingMessage, body: Buffer[]): Promise<void> {
  let length = 0;
  try {
    for await (const chunk of response as AsyncIterable<Buffer>) {
      body.push(chunk);
      length += chunk.length;
      if (length >= MAX_BODY_BYTES) return;
    }
  } catch {
    // What has come until then is quoted.
  }
}

/** An error page often repeats the URL that was asked for. */
function hideUrl(text: string, url: URL): string {
  const parts = [url.pathname, url.search, ...url.pathname.split('/'), ...url.searchParams.values()];
  const spelled = [...parts, ...parts.map(decodeOrKeep), ...parts.map(encodeURIComponent)];
  const secrets = spelled.filter((part) => part.length >= SECRET_LENGTH);
  return secrets.sort((a, b) => b.length - a.length).reduce((hidden, secret) => hidden.replaceAll(secret, '***'), text);
}

function decodeOrKeep(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
