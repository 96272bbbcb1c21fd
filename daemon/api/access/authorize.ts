/** The middleware that refuses requests for which nobody, or nobody with the needed role, has logged in. */
import type { Request, RequestHandler, Response } from 'express';
import { isAllowed } from '../../access/accounts.js';
import type { Log } from '../../log.js';
import { SECOND_MS } from '../../units.js';
import { cutInput, quoteInput, sendProblem } from '../problem.js';
import type { Authority, Principal } from './authority.js';
import { readSessionIds } from './cookies.js';
import { findNeed } from './role-table.js';

const CHECK_STREAMS_MS = SECOND_MS;
/** Names under which people put a token into a URL. */
const TOKEN_PARAMETERS = ['token', 'access_token', 'auth', 'authorization', 'api_key', 'apikey', 'bearer', 'password'];
const BEARER = /^Bearer +([\x21-\x7e]+)$/i;

/** Who sends a request that was let through; null on an open route for a request without valid credentials. */
export function principalOf(response: Response): Principal | null {
  return (response.locals['principal'] as Principal | undefined) ?? null;
}

/**
 * The author of a change: the user or the token. What the request says counts where no login is needed, and for the commands
 * of this host, whose user could write anything into the database.
 */
export function chooseAuthor(response: Response, given: string | null): string | null {
  const principal = principalOf(response);
  return principal?.kind === 'user' || principal?.kind === 'token' ? principal.name : given;
}

export function authorize(authority: Authority, log: Log): { readonly handler: RequestHandler; stop(): void } {
  const open = new Map<Response, Principal>();
  // The answers that are still being sent are the event streams: each ends with the session or the token that began it.
  const timer = setInterval(() => {
    for (const [response, principal] of open) {
      if (authority.isStillValid(principal)) continue;
      open.delete(response);
      response.end();
    }
  }, CHECK_STREAMS_MS);
  timer.unref();
  const handler: RequestHandler = (request, response, next) => {
    const parameter = findTokenParameter(request);
    if (parameter !== null) {
      const detail = `found the parameter ${quoteInput(parameter)}; a token is sent in the header "Authorization: Bearer TOKEN" only, because URLs are logged. Revoke a token that was sent so`;
      sendProblem(response, { status: 400, detail });
      return;
    }
    const need = findNeed(request.method, request.path);
    const principal = authority.identify({
      bearer: readBearer(request),
      sessionIds: readSessionIds(request),
      method: request.method,
      path: request.url,
    });
    if (principal !== null) {
      response.locals['principal'] = principal;
      open.set(response, principal);
      response.once('close', () => open.delete(response));
    }
    if (need === 'open') next();
    else if (principal === null) sendLoginNeeded(request, response);
    else if (isAllowed(principal.role, need)) {
      noteChange(request, principal, log);
      next();
    } else {
      const detail = `${request.method} needs the role ${need}; ${principal.kind} ${quoteInput(principal.name ?? '')} has the role ${principal.role}`;
      sendProblem(response, { status: 403, detail });
    }
  };
  return { handler, stop: () => clearInterval(timer) };
}

/** Who changes something is in the log, beside what the change itself says there. */
function noteChange({ method, path }: Request, { kind, name }: Principal, log: Log): void {
  if (method === 'GET' || method === 'HEAD' || kind === 'everybody') return;
  log.info({ method, path: cutInput(path), by: name ?? kind }, 'change requested');
}

/** Null without the header. A header of another scheme is a login that cannot be right. */
function readBearer(request: Request): string | null {
  const header = request.get('authorization');
  return header === undefined ? null : (BEARER.exec(header)?.[1] ?? '');
}

function sendLoginNeeded(request: Request, response: Response): void {
  const detail =
    request.get('authorization') === undefined
      ? 'a login is needed: log in on the dashboard, or send the header "Authorization: Bearer TOKEN" (portcast token add)'
      : 'the token of the header Authorization is not known, has expired or was revoked; allowed: "Bearer TOKEN" with a token of portcast token add';
  // With a challenge of another scheme a browser would open its own dialog.
  sendProblem(response, { status: 401, detail, headers: { 'WWW-Authenticate': 'Bearer realm="portcast"' } });
}

function findTokenParameter({ originalUrl }: Request): string | null {
  const start = originalUrl.indexOf('?');
  if (start < 0) return null;
  const names = [...new URLSearchParams(originalUrl.slice(start + 1)).keys()];
  return names.find((name) => TOKEN_PARAMETERS.includes(name.toLowerCase())) ?? null;
}
