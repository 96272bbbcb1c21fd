/** Title and sign of the tab carry the verdict, since an operator has many tabs open. */
import { computed, effect } from '@preact/signals';
import { judgeHost, writeTabTitle } from '../words/verdict.js';
import { showFavicon } from './favicon.js';
import { hostTime, sample } from './live.js';

export const hostVerdict = computed(() => judgeHost(sample.value, hostTime.value));

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
