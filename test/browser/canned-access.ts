/** The session of the dashboard on canned data. */
import type { WireSession } from '../../daemon/wire/session.js';
import type { CannedRequest } from './canned-incident-api.js';

const PATH = '/api/v1/session';
export const CANNED_PASSWORD = 'correct horse battery';

/** Who can log in: each with the same password. */
const ROLES: Readonly<Record<string, 'viewer' | 'operator'>> = { alice: 'operator', vera: 'viewer' };

export interface AccessWorld {
  session: WireSession;
}

/** Without a login, as on loopback while there is no user. */
export function createAccessWorld(): AccessWorld {
  return { session: { user: null, role: 'operator', authentication: false } };
}

/** Null for another route that may be read. */
export function answerAccess(world: AccessWorld, request: CannedRequest): { status: number; body: unknown } | null {
  if (request.url.pathname !== PATH) {
    return world.session.role === null ? { status: 401, body: { detail: 'a login is needed' } } : null;
  }
  if (request.method === 'DELETE') world.session = { user: null, role: null, authentication: true };
  if (request.method === 'POST') {
    const user = String(request.body['user']);
    const role = ROLES[user];
    if (role === undefined || request.body['password'] !== CANNED_PASSWORD) {
      return { status: 401, body: { detail: 'the user or the password is wrong' } };
    }
    world.session = { user, role, authentication: true };
  }
  return { status: 200, body: world.session };
}
