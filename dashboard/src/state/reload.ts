/** Reloads the page by itself, for views in front of which nobody sits. */
import { effect } from '@preact/signals';
import { SECOND_MS } from '../../../daemon/units.js';
import { sample } from './live.js';

const RETRY_MS = 5 * SECOND_MS;

/** A reload while portcast does not answer would leave the error page of the browser, which never reloads. */
export function reloadWhenReachable(): void {
  const again = (): void => void setTimeout(reloadWhenReachable, RETRY_MS);
  fetch(location.href, { cache: 'no-store' }).then((answer) => (answer.ok ? location.reload() : again()), again);
}

/** The code of this page may not fit a daemon of another version. @returns a function that ends it */
export function reloadAfterUpdate(): () => void {
  let first: string | null = null;
  return effect(() => {
    const version = sample.value?.status.version ?? null;
    if (version === null || version === first) return;
    if (first !== null) reloadWhenReachable();
    first = version;
  });
}
