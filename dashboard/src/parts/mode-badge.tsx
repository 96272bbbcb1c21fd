/** The mode of a pool as a badge. */
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { Tone } from '../words/tone.js';
import { Icon, type IconName } from './icon.js';

interface ModeSign {
  readonly icon: IconName;
  readonly tone: Tone;
  readonly help: string;
}

const MODE_SIGNS: Record<WirePool['mode'], ModeSign> = {
  idle: { icon: 'ring', tone: 'unknown', help: 'No closes, no growth.' },
  steady: { icon: 'level', tone: 'calm', help: 'The close rate fits: it never runs out at this rate.' },
  churn: { icon: 'churn', tone: 'warning', help: 'Closes fill it with TIME_WAIT faster than ports come free.' },
  leak: { icon: 'rise', tone: 'warning', help: 'Connections are opened and kept: held ports only grow.' },
  exhausted: { icon: 'cross', tone: 'critical', help: 'No port is available.' },
};

/** A newer daemon may send a mode that this page does not have: it is shown as a word with a question mark. */
export function ModeBadge({ mode }: { mode: WirePool['mode'] }) {
  const sign = MODE_SIGNS[mode] as ModeSign | undefined;
  return (
    <span class={`badge tone-${sign?.tone ?? 'unknown'}`} title={sign?.help}>
      <Icon name={sign?.icon ?? 'question'} />
      {mode}
    </span>
  );
}
