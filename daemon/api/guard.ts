/**
 * Which requests are served. There is no authentication yet, so portcast listens on loopback only. The remaining risk
 * is the user's own browser: any web page can send requests to a loopback address. A foreign Host header means DNS
 * rebinding, a foreign Origin header means a script of another site.
 */
import type { Request, RequestHandler } from 'express';
import { PortcastError } from '../errors.js';
import { hideToken, quoteInput, sendProblem, type Problem } from './problem.js';
import { isLoopback } from '../host/ip-address.js';
import { bracketAddress } from '../host/endpoint.js';

/** Every change that the API accepts is smaller. */
export const MAX_BODY_BYTES = 64 * 2 ** 10;

export interface GuardedRequest {
  readonly method: string;
  /** The request target as the client sent it. */
  readonly target: string;
  /** The values of all Host headers. */
  readonly hosts: readonly string[];
  readonly origin: string | undefined;
  readonly contentType: string | undefined;
  readonly contentLength: string | undefined;
}

/**
 * Returns the address to listen on. `localhost` becomes 127.0.0.1 without a DNS query, whose answer could be any
 * address.
 * @throws PortcastError CONFIG_INVALID for an address that is not loopback
 */
export function resolveListenAddress(address: string): string {
  if (address === 'localhost') return '127.0.0.1';
  if (isLoopback(address)) return address;
  throw new PortcastError(
    'CONFIG_INVALID',
    `cannot listen on ${quoteInput(address)}: the address must be in 127.0.0.0/8, ::1 or localhost, because portcast ` +
      "has no authentication and anyone who reaches it could read this host's connections",
  );
}

/** The Host headers that this server accepts: the loopback names and the configured address, with the port. */
export function listAllowedHosts(address: string, port: number): string[] {
  const names = new Set(['127.0.0.1', 'localhost', '[::1]', bracketAddress(address)]);
  return [...names].flatMap((name) => (port === 80 ? [name, `${name}:80`] : [`${name}:${port}`]));
}

/** The origin of the URL that readers of messages use, and the Host headers that a proxy may pass on for it. */
interface PublicOrigin {
  readonly origin: string;
  readonly hosts: readonly string[];
}

/** @param publicUrl an http or https URL. */
export function describePublicOrigin(publicUrl: string): PublicOrigin {
  const { origin, host, hostname, port, protocol } = new URL(publicUrl);
  const defaultPort = protocol === 'https:' ? '443' : '80';
  return { origin, hosts: port === '' ? [host, `${hostname}:${defaultPort}`] : [host] };
}

/**
 * The same for the page of a link in a message. Its readers come from a mail program, through a proxy with its own name or
 * the public one, and what the page may do depends on the token in its address. So a change is a plain form; where the
 * browser says which site sent the form, it must be this page.
 */
function findLinkProblem(
  request: GuardedRequest & { readonly fetchSite: string | undefined },
  allowed: readonly string[],
  { origin, hosts }: PublicOrigin,
): Problem | null {
  const { origin: from, fetchSite, method } = request;
  const hostProblem = findHostProblem(request, [...allowed, ...hosts]);
  if (hostProblem !== null) return hostProblem;
  const own = [origin, `http://${request.hosts[0] ?? ''}`].map((text) => text.toLowerCase());
  if (from !== undefined && !own.includes(from.toLowerCase())) {
    return { status: 403, detail: `Origin ${quoteInput(from)}: this page needs Origin ${origin}` };
  }
  if (!isRead(method) && fetchSite !== undefined && !['same-origin', 'none'].includes(fetchSite)) {
    return { status: 403, detail: `Sec-Fetch-Site ${quoteInput(fetchSite)}: only the page itself may send its form` };
  }
  return findLengthProblem(request);
}

/** @returns why a request is refused, or null when it is served. */
export function findRequestProblem(request: GuardedRequest, allowed: readonly string[]): Problem | null {
  return findHostProblem(request, allowed) ?? findOriginProblem(request) ?? findBodyProblem(request);
}

/** Middleware in front of all routes: refuses requests that come neither from the user nor from portcast's own page. */
export function guardRequests(address: string): RequestHandler {
  return guardBy(address, (request, allowed) => findRequestProblem(describeRequest(request), allowed));
}

/** The same in front of the pages of links in messages. */
export function guardLinks(address: string, publicOrigin: PublicOrigin): RequestHandler {
  return guardBy(address, (request, allowed) => {
    const described = { ...describeRequest(request), target: request.originalUrl };
    return findLinkProblem({ ...described, fetchSite: request.get('sec-fetch-site') }, allowed, publicOrigin);
  });
}

function guardBy(
  address: string,
  findProblem: (request: Request, allowed: readonly string[]) => Problem | null,
): RequestHandler {
  return (request, response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.get('content-length')) > 0;
    // Most routes read no body. The connection is closed after the answer, so that the sender cannot keep it open.
    if (hasBody) response.set('Connection', 'close');
    const problem = findProblem(request, listAllowedHosts(address, request.socket.localPort ?? 0));
    if (problem === null) next();
    else sendProblem(response, problem);
  };
}

function describeRequest(request: Request): GuardedRequest {
  return {
    method: request.method,
    target: request.url,
    hosts: request.headersDistinct.host ?? [],
    origin: request.get('origin'),
    contentType: request.get('content-type'),
    contentLength: request.get('content-length'),
  };
}

function findHostProblem(request: GuardedRequest, allowed: readonly string[]): Problem | null {
  // The host of an absolute target would replace the Host header (RFC 9112, section 3.2.2).
  if (!request.target.startsWith('/')) {
    return {
      status: 400,
      detail: `the request target ${quoteInput(hideToken(request.target))} must be a path that starts with "/"`,
    };
  }
  const [host, ...otherHosts] = request.hosts;
  if (host !== undefined && otherHosts.length === 0 && allowed.includes(host.toLowerCase())) return null;
  const found = request.hosts.length === 0 ? 'no Host header' : `Host ${request.hosts.map(quoteInput).join(', ')}`;
  return {
    status: 421,
    detail: `${found} is not this portcast; allowed: ${allowed.join(', ')} (an SSH tunnel must keep the port number)`,
  };
}

/**
 * A change needs the Origin of portcast's own page. A read may lack an Origin header, but a foreign Origin is refused.
 */
function findOriginProblem(request: GuardedRequest): Problem | null {
  const { origin } = request;
  if (origin === undefined && isRead(request.method)) return null;
  const own = `http://${request.hosts[0] ?? ''}`.toLowerCase();
  if (origin?.toLowerCase() === own) return null;
  const found = origin === undefined ? 'no Origin header' : `Origin ${quoteInput(origin)}`;
  return { status: 403, detail: `${found}: ${request.method} needs Origin ${own}` };
}

function findLengthProblem({ contentLength }: GuardedRequest): Problem | null {
  if (Number(contentLength ?? 0) <= MAX_BODY_BYTES) return null;
  return { status: 413, detail: `the body has ${contentLength ?? ''} bytes; allowed: at most ${MAX_BODY_BYTES}` };
}

function findBodyProblem(request: GuardedRequest): Problem | null {
  const lengthProblem = findLengthProblem(request);
  if (lengthProblem !== null) return lengthProblem;
  if (isRead(request.method)) return null;
  const mediaType = request.contentType?.split(';')[0]?.trim().toLowerCase();
  if (mediaType === 'application/json') return null;
  const found =
    request.contentType === undefined ? 'no Content-Type' : `Content-Type ${quoteInput(request.contentType)}`;
  return { status: 415, detail: `${found}: ${request.method} needs Content-Type application/json` };
}

function isRead(method: string): boolean {
  return method === 'GET' || method === 'HEAD';
}
