/** The store has one line in the health report, and several parts that may be in trouble at once. */
import type { HealthSink } from '../../contracts.js';

export interface ProblemBoard {
  /** Null clears what that part had reported. */
  set(part: 'samples' | 'alerts' | 'upkeep', problem: string | null): void;
}

export function createProblemBoard({ health }: { readonly health: HealthSink }): ProblemBoard {
  const problems = new Map<string, string>();
  return {
    set(part, problem) {
      if ((problems.get(part) ?? null) === problem) return;
      if (problem === null) problems.delete(part);
      else problems.set(part, problem);
      health.report('store', problems.size === 0 ? null : [...problems.values()].join('. '));
    },
  };
}
