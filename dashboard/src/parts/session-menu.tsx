/** Who is logged in, and the way out. Nothing where no login is needed. */
import { logOut, session } from '../state/session.js';
import { Icon } from './icon.js';

export function SessionMenu() {
  const { user, role, authentication } = session.value ?? {};
  if (authentication !== true || user == null) return null;
  const leave = `Log out ${user}${role === 'viewer' ? ', viewer' : ''}`;
  return (
    <span class="session" data-testid="session">
      <span class="session-user" title={`Logged in as ${user}, ${role ?? ''}`}>
        <span class="sr-only">Logged in as </span>
        {user}
        {role === 'viewer' && <span class="muted"> viewer</span>}
      </span>
      <button type="button" class="icon-button" title={leave} aria-label={leave} onClick={() => void logOut()}>
        <Icon name="leave" />
      </button>
    </span>
  );
}
