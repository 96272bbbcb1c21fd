/** A shape and a word; the colour only repeats them. */
import type { Sign } from '../words/incident.js';
import { Icon } from './icon.js';

export function SignBadge({ sign }: { sign: Sign }) {
  return (
    <span class={`badge tone-${sign.tone}`}>
      <Icon name={sign.icon} />
      {sign.word}
    </span>
  );
}
