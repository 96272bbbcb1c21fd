/** The sign of a tone, the same as in the tab: check, triangle, cross, question mark. A word stands beside it. */
import type { Tone } from '../words/tone.js';

export function ToneSign({ tone }: { tone: Tone }) {
  return <img class="tone-sign" src={`./favicon-${tone}.svg`} alt="" width="32" height="32" />;
}
