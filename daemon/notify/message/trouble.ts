/** The wording of messages about portcast's own parts: what a trouble means for the reader, and what to do. */
import type { Trouble } from '../../alert/alert.js';

interface TroubleAdvice {
  readonly title: string;
  readonly detail: string;
  readonly commands: readonly string[];
}

const MEANS: Readonly<Record<string, string>> = {
  store:
    'Warnings go on, from memory. History and scores of this time are lost when it lasts for more than 10 minutes.',
  stall: 'An exhaustion now would come without a warning.',
  outbox: 'Messages are stored and wait. Those through other channels are not delayed.',
  alertmanager: 'The next push has the newest state. Messages through the other channels are not delayed.',
  fallback: 'Warnings go on. The other source costs more and may know less, so forecasts may be coarser.',
};
const OF_CHANNEL =
  'Its messages are kept for a week and sent when it works again. Those through other channels are not delayed.';
const RESTART = {
  title: 'Start portcast anew',
  detail: 'The log has the reason. Messages that wait are sent after the start.',
  commands: ['journalctl -u portcast', 'systemctl restart portcast'],
};
const ADVICE: Readonly<Record<string, TroubleAdvice>> = {
  store: {
    title: 'Give the database space, or the rights to its file',
    detail: 'The status names the file (store.file). portcast tries again by itself.',
    commands: ['portcast status'],
  },
  stall: RESTART,
  outbox: RESTART,
  fallback: {
    title: 'Find out why the preferred source fails',
    detail: 'The command prints the reason. A restart tries that source again.',
    commands: ['portcast forecast --source netlink'],
  },
};
const ADVICE_ON_CHANNEL: TroubleAdvice = {
  title: 'Test the channel',
  detail: 'The test prints what the other side answers.',
  commands: ['portcast alert test'],
};

export function explainTrouble({ part }: Trouble): string {
  return MEANS[part] ?? OF_CHANNEL;
}

export function adviseOnTrouble({ part }: Trouble): TroubleAdvice {
  return ADVICE[part] ?? ADVICE_ON_CHANNEL;
}
