/** Names the time zone of the page, and switches between that of the browser and UTC. */
import { useFirstFrame } from '../state/first-frame.js';
import { hostMinuteMs } from '../state/live.js';
import { switchZone, zoneChoice } from '../state/zone.js';
import { formatOffset, formatZone, readOffsetMinutes } from '../words/zone.js';

export function ZoneButton() {
  const nowMs = hostMinuteMs.value;
  const offset = formatOffset(readOffsetMinutes(nowMs));
  const isDrawn = useFirstFrame();
  // To find the name of the zone, the browser loads its tables of locales and zones. The first frame does not wait for that.
  const zone = `Times in ${isDrawn ? formatZone(nowMs) : offset}`;
  // In a browser whose zone is UTC there is nothing to switch.
  if (new Date(nowMs).getTimezoneOffset() === 0) {
    return (
      <span class="zone-button is-fixed" title={zone} data-testid="zone">
        {offset}
      </span>
    );
  }
  const other = zoneChoice.value === 'utc' ? 'the zone of this browser' : 'UTC';
  return (
    <button
      type="button"
      class="zone-button"
      onClick={switchZone}
      aria-keyshortcuts="u"
      title={`${zone}. Show them in ${other} (key u)`}
      aria-label={`${zone}. Change to ${other}`}
      data-testid="zone"
    >
      {offset}
    </button>
  );
}
