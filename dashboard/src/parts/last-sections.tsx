/** The last sections of the overview, whose code is loaded when they come near the window. */
import { HostLimits } from './host-limits.js';
import { Score } from './score.js';

export function LastSections() {
  return (
    <>
      <Score />
      <HostLimits />
    </>
  );
}
