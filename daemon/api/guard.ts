/**
 * Which requests are served, whoever sends them. Any web page can have the user's own browser send requests to this server: a
 * foreign Host header means DNS rebinding, a foreign Origin header means a script of another site. Who may do what is decided
 * after that (access/authorize.ts).
 */
import { hostname, networkInterfaces } from 'node:os';
import type { Request, RequestHandler } from 'express';
import { PortcastError } from '../errors.js';
import { hideToken, quoteInput, sendProblem, type Problem } from './problem.js';
import { isLoopback, parseAddress } from '../host/ip-address.js';
import { bracketAddress, isWildcard } from '../host/endpoint.js';

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
  /** Whether it has an Authorization header, which no page of another site can add. */
  readonly hasAuthorization?: boolean;
}

/** How browsers reach this server. */
export interface Reach {
  readonly address: string;
  readonly scheme: 'http' | 'https';
  /** The origins at which a reverse proxy serves it. */
  readonly publicOrigins: readonly string[];
}

/**
 * Returns the address to listen on. `localhost` becomes 127.0.0.1 without a DNS query, whose answer could be any
 * address.
 * @throws PortcastError CONFIG_INVALID for what is no address, and without a login for one that is not loopback
 */
export function resolveListenAddress(address: string, needsLogin: boolean): string {
  if (address === 'localhost') return '127.0.0.1';
  if (isLoopback(address) || (needsLogin && parseAddress(address) !== null)) return address;
  throw new PortcastError(
    'CONFIG_INVALID',
    needsLogin
      ? `cannot listen on ${quoteInput(address)}: allowed: an IP address or localhost`
      : `cannot listen on ${quoteInput(address)}: the address must be in 127.0.0.0/8, ::1 or localhost while no login is ` +
          "needed, because anyone who reaches it could read this host's connections",
  );
}

/** The Host headers that this server accepts: the loopback names, the configured address, and those of the public origins. */
export function listAllowedHosts(port: number, { address, scheme, publicOrigins }: Reach): string[] {
  const names = new Set(['127.0.0.1', 'localhost', '[::1]', ...(isWildcard(address) ? [] : [bracketAddress(address)])]);
  if (!isLoopback(address) && address !== 'localhost') names.add(hostname().toLowerCase());
  return [
    ...[...names].flatMap((name) => listHostHeaders(name, port, scheme)),
    ...publicOrigins.flatMap((origin) => describePublicOrigin(origin).hosts),
  ];
}

/** Clients leave out the usual port of the scheme. */
function listHostHeaders(name: string, port: number, scheme: Reach['scheme']): string[] {
  return port === (scheme === 'https' ? 443 : 80) ? [name, `${name}:${port}`] : [`${name}:${port}`];
}

/** Where the server listens on all addresses, each of them is a name of it. They may change at any time. */
export function isOwnAddress(host: string, port: number, { address, scheme }: Reach): boolean {
  if (!isWildcard(address)) return false;
  const own = Object.values(networkInterfaces()).flatMap((addresses) => addresses ?? []);
  return own.some((one) => listHostHeaders(bracketAddress(one.address), port, scheme).includes(host));
}

/** The origin of the URL that readers of messages use, and the Host headers that a proxy may pass on for it. */
interface PublicOrigin {
  readonly origin: string;
  readonly hosts: readonly string[];
}

/** @param publicUrl an http or https URL. */
function describePublicOrigin(publicUrl: string): PublicOrigin {
  const { origin, host, hostname: name, port, protocol } = new URL(publicUrl);
  const defaultPort = protocol === 'https:' ? '443' : '80';
  return { origin, hosts: port === '' ? [host, `${name}:${defaultPort}`] : [host] };
}

/**
 * The same for the page of a link in a message. Its readers come from a mail program, through a proxy with its own name or
 * the public one, and what the page may do depends on the token in its address. So a change is a plain form; where the
 * browser says which site sent the form, it must be this page.
 */
function findLinkProblem(
  request: GuardedRequest & { readonly fetchSite: string | undefined },
  allowed: readonly string[],
  reach: Reach,
): Problem | null {
  const { origin: from, fetchSite, method } = request;
  const hostProblem = findHostProblem(request, allowed);
  if (hostProblem !== null) return hostProblem;
  const own = listOwnOrigins(request, reach);
  if (from !== undefined && !own.includes(from.toLowerCase())) {
    return {
      status: 403,
      detail: `Origin ${quoteInput(from)}: this page needs Origin ${reach.publicOrigins.at(-1) ?? ''}`,
    };
  }
  if (!isRead(method) && fetchSite !== undefined && !['same-origin', 'none'].includes(fetchSite)) {
    return { status: 403, detail: `Sec-Fetch-Site ${quoteInput(fetchSite)}: only the page itself may send its form` };
  }
  return findLengthProblem(request);
}

/** @returns why a request is refused, or null when it is served. */
export function findRequestProblem(request: GuardedRequest, allowed: readonly string[], reach: Reach): Problem | null {
  return findHostProblem(request, allowed) ?? findOriginProblem(request, reach) ?? findBodyProblem(request);
}

/** Middleware in front of all routes: refuses requests that come neither from the user nor from portcast's own page. */
export function guardRequests(reach: Reach): RequestHandler {
  return guardBy(reach, (request, allowed) => findRequestProblem(describeRequest(request), allowed, reach));
}

/** The same in front of the pages of links in messages, which are served at the origin of `publicUrl` too. */
export function guardLinks(reach: Reach, publicUrl: string): RequestHandler {
  const wider = { ...reach, publicOrigins: [...reach.publicOrigins, new URL(publicUrl).origin] };
  return guardBy(wider, (request, allowed) => {
    const described = { ...describeRequest(request), target: request.originalUrl };
    return findLinkProblem({ ...described, fetchSite: request.get('sec-fetch-site') }, allowed, wider);
  });
}

function guardBy(
  reach: Reach,
  findProblem: (request: Request, allowed: readonly string[]) => Problem | null,
): RequestHandler {
  return (request, response, next) => {
    const hasBody = request.headers['transfer-encoding'] !== undefined || Number(request.get('content-length')) > 0;
    // Most routes read no body. The connection is closed after the answer, so that the sender cannot keep it open.
    if (hasBody) response.set('Connection', 'close');
    const port = request.socket.localPort ?? 0;
    const allowed = listAllowedHosts(port, reach);
    const host = request.get('host')?.toLowerCase() ?? '';
    if (!allowed.includes(host) && isOwnAddress(host, port, reach)) allowed.push(host);
    const problem = findProblem(request, allowed);
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
    hasAuthorization: request.get('authorization') !== undefined,
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
    detail:
      `${found} is not this portcast; allowed: ${allowed.join(', ')} (an SSH tunnel must keep the port number; ` +
      'http.publicOrigins adds another name)',
  };
}

/**
 * A change needs the Origin of portcast's own page, or an Authorization header. A foreign Origin is always refused.
 */
function findOriginProblem(request: GuardedRequest, reach: Reach): Problem | null {
  const { origin, method, hasAuthorization } = request;
  if (origin === undefined && (isRead(method) || hasAuthorization === true)) return null;
  const own = listOwnOrigins(request, reach);
  if (origin !== undefined && own.includes(origin.toLowerCase())) return null;
  const found = origin === undefined ? 'no Origin header' : `Origin ${quoteInput(origin)}`;
  const hint = reach.publicOrigins.length === 0 ? '' : ', as http.publicOrigins has it';
  return { status: 403, detail: `${found}: ${method} needs Origin ${own.join(' or ')}${hint}` };
}

/** That of the page at this Host, and those of the reverse proxy, which may send its own name for Host. */
function listOwnOrigins({ hosts }: GuardedRequest, { scheme, publicOrigins }: Reach): string[] {
  return [`${scheme}://${hosts[0] ?? ''}`, ...publicOrigins].map((text) => text.toLowerCase());
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
