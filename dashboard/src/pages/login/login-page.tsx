/** Asks for a user and a password, and leads back to the page that was wanted. */
import { useEffect, useLayoutEffect, useRef, useState } from 'preact/hooks';
import { ActButton } from '../../parts/act-button.js';
import { BrandSign } from '../../parts/brand-sign.js';
import { leaveFor, logIn, session } from '../../state/session.js';
import { readLoginTarget, type PageRoute } from '../../state/route.js';
import { useAction } from '../../state/use-action.js';
import '../../styles/page.css';
import './login.css';

/** The limits of the API. */
const MAX_NAME = 64;
const MAX_PASSWORD = 1024;

export function LoginPage({ route }: { route: PageRoute }) {
  const target = readLoginTarget(route.params);
  const [user, setUser] = useState('');
  const [password, setPassword] = useState('');
  const action = useAction(
    () => logIn(user, password),
    () => leaveFor(target),
  );
  useEffect(() => {
    if (action.error !== null) setPassword('');
  }, [action.error]);
  const isNeeded = session.value === null || session.value.role === null;
  return (
    <main class="login-page">
      <form
        class="card login-form"
        aria-labelledby="page-title"
        onSubmit={(event) => {
          event.preventDefault();
          action.run();
        }}
      >
        <h1 id="page-title" tabIndex={-1}>
          <BrandSign size={26} /> Log in to portcast
        </h1>
        {!isNeeded && <LoggedIn target={target} />}
        <UserField value={user} onChange={setUser} />
        <PasswordField value={password} onChange={setPassword} />
        <p class="act-error is-error" role="alert">
          {action.error}
        </p>
        <ActButton action={action} busy="Logging in…" submit primary>
          Log in
        </ActButton>
        <Help />
      </form>
    </main>
  );
}

interface FieldProps {
  readonly value: string;
  readonly onChange: (value: string) => void;
}

function UserField({ value, onChange }: FieldProps) {
  const name = useRef<HTMLInputElement>(null);
  // Before the form is painted, so that no key that is pressed at first sight is lost.
  useLayoutEffect(() => name.current?.focus(), []);
  return (
    <label class="field">
      <span>User</span>
      <input
        ref={name}
        name="user"
        autocomplete="username"
        autocapitalize="none"
        spellcheck={false}
        maxLength={MAX_NAME}
        required
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}

function PasswordField({ value, onChange }: FieldProps) {
  return (
    <label class="field">
      <span>Password</span>
      <input
        name="password"
        type="password"
        autocomplete="current-password"
        maxLength={MAX_PASSWORD}
        required
        value={value}
        onInput={(event) => onChange(event.currentTarget.value)}
      />
    </label>
  );
}

function LoggedIn({ target }: { target: string }) {
  return (
    <p class="muted">
      You are logged in already. <a href={target}>Go on</a>
    </p>
  );
}

function Help() {
  return (
    <p class="muted login-help">
      Users are made on the host: <code>portcast user add NAME --role operator</code>
    </p>
  );
}
