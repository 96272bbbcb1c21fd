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
  idle: {
    icon: 'ring',
    tone: 'unknown',
    help: 'No connection is closed here first, and the number of open ones does not grow.',
  },
  steady: { icon: 'level', tone: 'calm', help: 'At this close rate the ports never run out.' },
  churn: { icon: 'churn', tone: 'warning', help: 'Connections are closed faster than TIME_WAIT frees their ports.' },
  leak: {
    icon: 'rise',
    tone: 'warning',
    help: 'Connections are opened and not closed: the number of held ports only grows.',
  },
  exhausted: { icon: 'cross', tone: 'critical', help: 'No port is available.' },
};

/** A mode that would read as calm does not while calls failed until just now. */
const DRAINING: ModeSign = {
  icon: 'alert',
  tone: 'warning',
  help: 'Ports come free again, but until just now calls found none, and the demand may still be there.',
};

/** A newer daemon may send a mode that this page does not have: it is shown as a word with a question mark. */
export function ModeBadge({ pool }: { pool: WirePool }) {
  const { mode, demandAtLeast } = pool;
  const known = MODE_SIGNS[mode] as ModeSign | undefined;
  const isDraining = demandAtLeast && (mode === 'idle' || mode === 'steady');
  const sign = isDraining ? DRAINING : known;
  return (
    <span class={`badge tone-${sign?.tone ?? 'unknown'}`} title={sign?.help}>
      <Icon name={sign?.icon ?? 'question'} />
      {isDraining ? 'draining' : mode}
    </span>
  );
}
