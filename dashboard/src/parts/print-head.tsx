/** The head of a printed page: which host, how it was, when, and where the page is. */
import { hostNowMs, sample } from '../state/live.js';
import { hostVerdict } from '../state/tab-title.js';
import { isPrinting } from '../state/theme.js';
import { formatUtc } from '../words/format.js';
import { writeTabTitle } from '../words/verdict.js';
import { formatZone } from '../words/zone.js';

export function PrintHead() {
  if (!isPrinting.value) return null;
  const name = sample.value?.status.host.name ?? 'portcast';
  return (
    <div class="print-head">
      <strong>{writeTabTitle(hostVerdict.value, name)}</strong>
      <span>
        {formatUtc(hostNowMs.value)}. Times in {formatZone(hostNowMs.value)}
      </span>
      <span class="print-address">{location.href}</span>
    </div>
  );
}
