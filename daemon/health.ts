/** What is wrong with portcast itself, by part, with the instant it began. */
import type { Clock, HealthPart, HealthSink } from './contracts.js';
import type { Log } from './log.js';

export interface HealthProblem {
  readonly part: HealthPart;
  readonly message: string;
  readonly sinceMs: number;
}

export interface Health extends HealthSink {
  problems(): HealthProblem[];
}

/** Logs a problem when it begins, changes or ends; never once per beat. */
export function createHealth(clock: Clock, log: Log): Health {
  const problems = new Map<HealthPart, HealthProblem>();
  return {
    report(part, message) {
      const known = problems.get(part);
      if (message === null) {
        if (known === undefined) return;
        problems.delete(part);
        log.info({ part }, `${part}: well again`);
        return;
      }
      // Figures inside a message change at every beat; the log takes only what is new in words.
      const changed = known === undefined || withoutNumbers(known.message) !== withoutNumbers(message);
      if (changed) log.warn({ part }, `${part}: ${message}`);
      problems.set(part, { part, message, sinceMs: known?.sinceMs ?? clock.wallMs() });
    },
    problems: () => [...problems.values()],
  };
}

function withoutNumbers(text: string): string {
  return text.replace(/[\d.,:]+/g, '#');
}
