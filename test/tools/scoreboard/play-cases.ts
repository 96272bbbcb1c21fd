/** The program of one scoreboard process: plays the cases that it receives, one after the other. */
import { createCase, type Capacity } from './case.js';
import { computeFigures, type CaseFigures } from './case-figures.js';
import { FAMILIES } from './families.js';
import { countMessages, type CaseMessages } from './messages.js';
import { watchCase } from './watch-case.js';

export interface CaseRequest {
  readonly index: number;
  /** Whether the forecasts are scored or the messages are counted. */
  readonly mode: 'figures' | 'messages';
  readonly family: string;
  readonly capacity: Capacity;
  readonly seed: number;
}

/** Several figures where a case has several bursts that are scored. */
export interface PlayedCase {
  readonly figures: readonly CaseFigures[];
  readonly messages: readonly CaseMessages[];
}

process.on('message', ({ mode, family, capacity, seed }: CaseRequest) => {
  const found = FAMILIES.find(({ name }) => name === family);
  if (found === undefined) throw new Error(`no family is called '${family}'`);
  const of = createCase(found, capacity, seed);
  const played: PlayedCase =
    mode === 'figures'
      ? { figures: watchCase(of).map(computeFigures), messages: [] }
      : { figures: [], messages: [countMessages(of)] };
  process.send?.(played);
});
