/** Title and sign of the tab carry the verdict, since an operator has many tabs open. */
import { computed, effect } from '@preact/signals';
import { SECOND_MS } from '../../../daemon/units.js';
import { judgeHost, writeTabTitle } from '../words/verdict.js';
import { showFavicon } from './favicon.js';
import { connectionState, eventAgeMs, hostTime, sample } from './live.js';

/** A restart of the daemon takes less time, and a sample of that age still describes the present. */
const PATIENCE_MS = 5 * SECOND_MS;

const isPatient = computed(() => (eventAgeMs.value ?? 0) < PATIENCE_MS);
export const hostVerdict = computed(() => {
  const connection = isPatient.value ? 'live' : connectionState.value;
  return judgeHost({ sample: sample.value, connection, time: hostTime.value });
});

/** Until the first sample the title is that of the file. */
export function followVerdict(): void {
  effect(() => {
    const verdict = hostVerdict.value;
    const name = sample.value?.status.host.name;
    if (name === undefined) return;
    showFavicon(verdict.tone);
    const title = writeTabTitle(verdict, name);
    if (document.title !== title) document.title = title;
  });
}
