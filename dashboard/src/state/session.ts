/** Who is logged in. Where a login is needed, the login page is shown, and after it the page that the viewer wanted. */
import { computed, effect, signal } from '@preact/signals';
import type { WireSession } from '../../../daemon/wire/session.js';
import { API, ApiError, getJson, isObject, refusals, requestJson } from './api.js';
import { connectionState } from './live.js';
import { currentRoute } from './navigation.js';
import { buildLoginHref, OVERVIEW_HREF } from './route.js';

/** Null until the daemon has answered. */
export const session = signal<WireSession | null>(null);

/** Why the viewer cannot change anything; null where everything is allowed. A daemon of an older version knows no roles. */
export const changeRefusal = computed(() => {
  const { user, role } = session.value ?? {};
  return role === 'viewer' ? `${user ?? 'This login'} is a viewer: only an operator can do that` : null;
});

/** Asks at the start, after a request was refused, and when the stream is lost: that may be because the session has ended. */
export function followSession(): void {
  void refresh();
  effect(() => {
    if (refusals.value > 0) void refresh();
  });
  effect(() => {
    if (connectionState.value === 'lost') void refresh();
  });
}

/** @throws ApiError with the words of the server */
export async function logIn(user: string, password: string): Promise<void> {
  await sendSession('POST', { user, password });
}

/** Shows the login page in any case. What the page has loaded is dropped with it. */
export async function logOut(): Promise<void> {
  try {
    await sendSession('DELETE');
  } finally {
    leaveFor(buildLoginHref(OVERVIEW_HREF));
  }
}

/** Loads the page anew at a hash, so that the stream begins at once and nothing of the session before is left. */
export function leaveFor(hash: string): void {
  location.hash = hash;
  location.reload();
}

async function refresh(): Promise<void> {
  try {
    const found = await getJson(`${API}/session`, AbortSignal.timeout(10_000));
    if (!isSession(found)) return;
    session.value = found;
    const isLocked = found.authentication && found.role === null;
    if (isLocked && currentRoute.peek().view !== 'login') location.replace(buildLoginHref(location.hash));
  } catch {
    // An older daemon has no sessions, and one that does not answer is shown as that.
  }
}

async function sendSession(method: 'POST' | 'DELETE', body?: object): Promise<void> {
  const found = await requestJson(`${API}/session`, {
    method,
    headers: { accept: 'application/json', 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  if (!isSession(found))
    throw new ApiError(0, 'the answer has an unknown form; reload the page if portcast was updated');
}

function isSession(value: unknown): value is WireSession {
  return isObject(value) && typeof value['authentication'] === 'boolean' && 'role' in value;
}
