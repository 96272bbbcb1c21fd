/**
 * Who may ask. There is no authentication yet, so portcast listens on loopback only; what is left is the user's own
 * browser, which any web page can aim at a loopback address. A foreign Host is DNS rebinding, a foreign Origin another
 * site's script.
 */
import type { Request, RequestHandler } from 'express';
import { PortcastError } from '../errors.js';
import { quoteInput, sendProblem, type Problem } from './problem.js';
import { isLoopback } from '../host/ip-address.js';
import { bracketAddress } from '../host/endpoint.js';

/** Larger than any change the API could be asked for. */
const MAX_BODY_BYTES = 64 * 1024;

export interface GuardedRequest {
  readonly method: string;
  /** The request target as it was sent. */
  readonly target: string;
  /** Every Host header. */
  readonly hosts: readonly string[];
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
}

/**
 * The literal address to listen on. `localhost` is taken as 127.0.0.1 without asking a resolver, which may answer
 * anything.
 * @throws PortcastError CONFIG_INVALID for an address that is not loopback
 */
export function bracketForListen(address: string): string {
  if (address === 'localhost') return '127.0.0.1';
  if (isLoopback(address)) return address;
  throw new PortcastError(
    'CONFIG_INVALID',
    `cannot listen on ${quoteInput(address)}: anyone who reaches it could read this host's connections, ` +
      'because there is no authentication yet; allowed are 127.0.0.0/8, ::1 and localhost',
  );
}

/** The Host headers that mean this server: loopback names and the configured address, with the port. */
export function listAllowedHosts(address: string, port: number): string[] {
  const names = new Set(['127.0.0.1', 'localhost', '[::1]', bracketAddress(address)]);
  return [...names].flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}

/** Why a request is refused, or null. */
export function judgeRequest(request: GuardedRequest, allowed: readonly string[]): Problem | null {
  return judgeHost(request, allowed) ?? judgeOrigin(request) ?? judgeBody(request);
}

/** Refuses, before any route, what did not come from the user or from portcast's own page. */
export function guardRequests(address: string): RequestHandler {
  return (request, response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.get('content-length')) > 0;
    // Nobody will read the body: with the connection closed after the answer its sender cannot keep it busy.
    if (hasBody) response.set('Connection', 'close');
    const problem = judgeRequest(seen(request), listAllowedHosts(address, request.socket.localPort ?? 0));
    if (problem === null) next();
    else sendProblem(response, problem);
  };
}

function seen(request: Request): GuardedRequest {
  return {
    method: request.method,
    target: request.url,
    hosts: request.headersDistinct.host ?? [],
    origin: request.get('origin'),
    contentType: request.get('content-type'),
    contentLength: request.get('content-length'),
  };
}

function judgeHost(request: GuardedRequest, allowed: readonly string[]): Problem | null {
  // An absolute target would override the Host header (RFC 9112, section 3.2.2).
  if (!request.target.startsWith('/')) {
    return {
      status: 400,
      detail: `the request target ${quoteInput(request.target)} must be a path that starts with "/"`,
    };
  }
  const [host, ...more] = request.hosts;
  if (host !== undefined && more.length === 0 && allowed.includes(host.toLowerCase())) return null;
  const found = request.hosts.length === 0 ? 'no Host header' : `Host ${request.hosts.map(quoteInput).join(', ')}`;
  return {
    status: 421,
    detail: `${found} is not this portcast; allowed: ${allowed.join(', ')} (a tunnel must keep the port number)`,
  };
}

/** Changes must come from portcast's own page. Readers need not say where they come from, but a foreign one is refused. */
function judgeOrigin(request: GuardedRequest): Problem | null {
  const { origin } = request;
  if (origin === undefined && isRead(request.method)) return null;
  const own = `http://${request.hosts[0] ?? ''}`.toLowerCase();
  if (origin?.toLowerCase() === own) return null;
  const found = origin === undefined ? 'no Origin header' : `Origin ${quoteInput(origin)}`;
  return { status: 403, detail: `${found}: ${request.method} is taken only with Origin ${own}` };
}

function judgeBody(request: GuardedRequest): Problem | null {
  if (Number(request.contentLength ?? 0) > MAX_BODY_BYTES) {
    return {
      status: 413,
      detail: `a body of ${request.contentLength ?? ''} bytes; at most ${MAX_BODY_BYTES} are taken`,
    };
  }
  if (isRead(request.method)) return null;
  const mediaType = request.contentType?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return null;
  const found =
    request.contentType === undefined ? 'no Content-Type' : `Content-Type ${quoteInput(request.contentType)}`;
  return { status: 415, detail: `${found}: ${request.method} is taken only with Content-Type application/json` };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
