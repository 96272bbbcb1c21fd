/** `/api/v1/session`: who is logged in, log in, log out. */
import { Router, type Request, type Response } from 'express';
import type { WireSession } from '../../wire/session.js';
import { parseLogin, readBody, refuseFields } from '../body.js';
import { allowOnly, sendProblem } from '../problem.js';
import { refuseParameters } from '../query.js';
import { toRetrySeconds, type Authority, type Principal } from './authority.js';
import { principalOf } from './authorize.js';
import { findClientAddress } from './client-address.js';
import { clearSessionCookie, readSessionIds, writeSessionCookie, type CookieScope } from './cookies.js';

interface SessionParts {
  readonly authority: Authority;
  readonly basePath: string;
  /** Whether a proxy on this host passes on the requests of others. */
  readonly isBehindProxy: boolean;
}

export function sessionRoutes({ authority, basePath, isBehindProxy }: SessionParts): Router {
  const router = Router();
  const describe = (principal: Principal | null): WireSession => ({
    user: principal?.name ?? null,
    role: principal?.role ?? null,
    authentication: authority.isRequired(),
  });
  // The guard has checked the origin of a login, and behind a proxy only the origin tells whether the browser uses TLS.
  const scopeOf = (request: Request): CookieScope => {
    return { basePath, isSecure: request.get('origin')?.toLowerCase().startsWith('https:') === true };
  };
  const logIn = async (request: Request, response: Response): Promise<void> => {
    refuseParameters(request.originalUrl);
    const { user, password } = parseLogin(request.body);
    const address = findClientAddress(request.socket, request.get('x-forwarded-for'), isBehindProxy);
    const answer = await authority.logIn({ user, password, address });
    switch (answer.kind) {
      case 'in':
        authority.logOut(readSessionIds(request));
        response.set('Set-Cookie', writeSessionCookie(request, answer.sessionId, scopeOf(request)));
        response.json(describe(answer.principal));
        return;
      case 'wrong':
        sendProblem(response, { status: 401, detail: 'the user or the password is wrong' });
        return;
      case 'wait': {
        const seconds = toRetrySeconds(answer.waitMs);
        const headers = { 'Retry-After': String(seconds) };
        sendProblem(response, { status: 429, detail: `too many failed logins; try again in ${seconds} s`, headers });
        return;
      }
      case 'busy':
        sendProblem(response, {
          status: 503,
          detail: 'too many logins at the same time; try again in a few seconds',
          headers: { 'Retry-After': '5' },
        });
    }
  };
  router
    .route('/session')
    .get((request, response) => {
      refuseParameters(request.originalUrl);
      response.json(describe(principalOf(response)));
    })
    .post(readBody, logIn)
    .delete(readBody, (request, response) => {
      refuseParameters(request.originalUrl);
      refuseFields(request.body);
      authority.logOut(readSessionIds(request));
      response.set('Set-Cookie', clearSessionCookie(request, scopeOf(request)));
      const isEverybody = !authority.isRequired();
      response.json({ user: null, role: isEverybody ? 'operator' : null, authentication: !isEverybody });
    })
    .all(allowOnly('GET', 'HEAD', 'POST', 'DELETE'));
  return router;
}
