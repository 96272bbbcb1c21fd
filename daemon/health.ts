/** The problems of portcast's own parts, each with the time at which it began. */
import type { Clock, HealthPart, HealthProblem, HealthSink } from './contracts.js';
import type { Log } from './log.js';
import { maskSecrets } from './secrets.js';

export interface Health extends HealthSink {
  problems(): HealthProblem[];
}

/** Collects the problems, and logs one when it begins, changes or ends. */
export function createHealth(clock: Clock, log: Log): Health {
  const problems = new Map<HealthPart, HealthProblem>();
  return {
    report(part, text) {
      const previous = problems.get(part);
      // The message is served to every local user, and it may quote a file or a server.
      const message = text === null ? null : maskSecrets(text);
      if (message === null) {
        if (previous === undefined) return;
        problems.delete(part);
        log.info({ part }, `${part}: the problem is over`);
        return;
      }
      // The numbers in a message may change at every beat: a message that differs only in them is not logged again.
      const isNew = previous === undefined || withoutNumbers(previous.message) !== withoutNumbers(message);
      if (isNew) log.warn({ part }, `${part}: ${message}`);
      problems.set(part, { part, message, sinceMs: previous?.sinceMs ?? clock.wallMs() });
    },
    problems: () => [...problems.values()],
  };
}

function withoutNumbers(text: string): string {
  return text.replace(/[\d.,:]+/g, '#');
}
