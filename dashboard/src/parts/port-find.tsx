/** Finds the series of a port by its number. */
import { useState } from 'preact/hooks';
import { navigateTo } from '../state/navigation.js';
import { buildFindHref } from '../state/route.js';

export function PortFind({ initial = '' }: { initial?: string }) {
  const [port, setPort] = useState(initial);
  const onSubmit = (event: Event): void => {
    event.preventDefault();
    if (port.trim() !== '') navigateTo(buildFindHref(port.trim()));
  };
  return (
    <form class="port-find" role="search" aria-label="Find a port" onSubmit={onSubmit}>
      <label>
        <span class="muted">Find port </span>
        <input
          type="text"
          inputMode="numeric"
          size={6}
          maxLength={12}
          placeholder="8080"
          value={port}
          onInput={(event) => setPort(event.currentTarget.value)}
        />
      </label>
      <button type="submit" class="button is-small">
        Find
      </button>
    </form>
  );
}
