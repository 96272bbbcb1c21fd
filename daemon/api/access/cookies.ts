/** The cookie of a session. */
import type { Request } from 'express';

/** A cookie of the same name may come from another path of the same host. */
const MAX_TRIED = 4;

export interface CookieScope {
  /** Where the API is: `/`, or the base path. */
  readonly basePath: string;
  /** Whether the browser may send it over TLS only. */
  readonly isSecure: boolean;
}

/** Cookies do not depend on the port (RFC 6265, 8.5), so two portcasts on one host need two names. */
function nameOf(request: Request): string {
  return `portcast_session_${request.socket.localPort ?? 0}`;
}

/** The ids in the cookies of a request; nothing is decoded, since an id has no character that needs it. */
export function readSessionIds(request: Request): string[] {
  const start = `${nameOf(request)}=`;
  const pairs = (request.get('cookie') ?? '').split(';').map((pair) => pair.trim());
  return pairs.flatMap((pair) => (pair.startsWith(start) ? [pair.slice(start.length)] : [])).slice(0, MAX_TRIED);
}

/** The value of Set-Cookie. The browser keeps it until it is closed, and the server ends the session in any case. */
export function writeSessionCookie(request: Request, id: string, scope: CookieScope): string {
  return `${nameOf(request)}=${id}${writeAttributes(scope)}`;
}

export function clearSessionCookie(request: Request, scope: CookieScope): string {
  return `${nameOf(request)}=; Max-Age=0${writeAttributes(scope)}`;
}

function writeAttributes({ basePath, isSecure }: CookieScope): string {
  return `; Path=${basePath}; HttpOnly; SameSite=Strict${isSecure ? '; Secure' : ''}`;
}
