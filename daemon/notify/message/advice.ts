/** What to do: the best three remedies with their computed effect and their exact commands. */
import type { Alert } from '../../alert/alert.js';
import { capitalize } from '../../alert/names.js';
import type { Remedy } from '../../advice/effect.js';
import { formatDuration, formatPercent, SECOND_MS } from '../../units.js';
import { FREE_THE_RANGE } from './no-port.js';
import { adviseOnTrouble } from './trouble.js';

/** A remedy of the pool, or advice without a computed effect. */
export type Advice = Pick<Remedy, 'title' | 'detail'> &
  Partial<Pick<Remedy, 'commands' | 'pressure' | 'secondsToExhaustion'>>;

/** One item of "what to do", as it is laid out. */
export interface AdviceText {
  readonly title: string;
  /** The computed effect; empty where it cannot be stated. */
  readonly effect: string;
  readonly detail: string;
  readonly commands: readonly string[];
}

const MOST = 3;

export function chooseAdvice(alert: Alert, remedies: readonly Advice[]): AdviceText[] {
  return listAdvice(alert, remedies).slice(0, MOST).map(layOut);
}

function listAdvice({ rule, trouble }: Alert, remedies: readonly Advice[]): readonly Advice[] {
  if (trouble !== undefined) return [adviseOnTrouble(trouble)];
  if (rule === 'empty') return [FREE_THE_RANGE];
  if (rule === 'blind') {
    return [
      {
        title: 'Find out what portcast cannot read',
        detail: 'The status names the source that fails, the log has the reason.',
        commands: ['portcast status', 'journalctl -u portcast'],
      },
    ];
  }
  if (remedies.length > 0) return remedies;
  return [
    {
      title: 'Find out what opens and closes these connections',
      detail: 'The forecast has the numbers of the pool, ss the connections with their processes.',
      commands: ['portcast forecast', 'ss -tnp'],
    },
  ];
}

function layOut({ title, detail, commands = [], ...effect }: Advice): AdviceText {
  const command = commands.join(' && ');
  // A remedy that is one line of text begins with its commands.
  const rest =
    command !== '' && detail.startsWith(command) ? detail.slice(command.length).replace(/^[:;]\s*/, '') : detail;
  return { title, effect: describeEffect(effect), detail: capitalize(rest), commands };
}

function describeEffect({ pressure = null, secondsToExhaustion = null }: Omit<Advice, 'title' | 'detail'>): string {
  const lasts = secondsToExhaustion === null ? '' : formatDuration(Math.round(secondsToExhaustion) * SECOND_MS);
  if (pressure === null) return lasts === '' ? '' : `Then the ports last for ${lasts}.`;
  if (pressure < 1) return `Then this rate needs ${formatPercent(pressure)} of the ports.`;
  return `Not enough alone: this rate needs ${formatPercent(pressure)} of the ports${lasts === '' ? '' : `, so they last for ${lasts}`}.`;
}
