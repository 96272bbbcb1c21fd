/** Joins the problems of the parts of the store into the one problem that the health report has for the store. */
import type { HealthSink } from '../../contracts.js';

type StorePart = 'file' | 'samples' | 'alerts' | 'upkeep' | 'reads' | 'damage' | 'reserve';

export interface ProblemBoard {
  /** Replaces the problem of that part; null clears it. */
  set(part: StorePart, problem: string | null): void;
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
