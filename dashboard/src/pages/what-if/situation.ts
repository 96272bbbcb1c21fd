/** What the page compares: the numbers that are typed, a live pool, or nothing of its own for an incident. */
import type { Settings, Situation } from '../../../../daemon/advice/what-if.js';
import { findProblems } from '../../../../daemon/advice/what-if.js';
import { SECOND_MS } from '../../../../daemon/units.js';
import { situationOfNumbers, type TypedNumbers } from '../../../../daemon/wire/plan.js';
import { situationOfPool } from '../../../../daemon/wire/plan-pool.js';
import type { WirePool } from '../../../../daemon/wire/pool.js';
import type { WireSample } from '../../../../daemon/wire/sample.js';
import { readDraft, type Draft, type DraftProblem, type Source } from './draft.js';

export interface Question {
  /** As it is; null for an incident, and for a pool that is not among those of the sample. */
  readonly now: Situation | null;
  /** Of numbers only what no number of theirs says. */
  readonly settings: Settings;
  readonly problems: readonly DraftProblem[];
}

/** An example that shows the limit: a little less than what the default range of Linux sustains. */
const EXAMPLE_RATE = 400;

/** The numbers before anything is typed: the limits of this host. */
export function listDefaults({ status: { host } }: WireSample): TypedNumbers {
  const timeWaitMs = (host.timeWaitSeconds + host.granularitySeconds) * SECOND_MS;
  return { ports: host.range, timeWaitMs, rate: EXAMPLE_RATE, live: 0, reserved: host.reserved };
}

/** @param pool that of the source; null where it is none, or where the pool is gone. */
export function ask(
  source: Source,
  draft: Draft,
  { current, pool }: { current: WireSample; pool: WirePool | null },
): Question {
  switch (source.kind) {
    case 'numbers':
      return askNumbers(draft, listDefaults(current));
    case 'pool': {
      if (pool === null) return { now: null, ...readDraft(draft, null) };
      const now = situationOfPool(pool, current.status.host);
      const { settings, problems } = readDraft(draft, now.ports);
      return { now, settings, problems: problems.length > 0 ? problems : findProblems(now, settings) };
    }
    case 'incident':
      return { now: null, ...readDraft(draft, null) };
  }
}

/** What is typed makes the situation; the rest changes it. */
function askNumbers(draft: Draft, defaults: TypedNumbers): Question {
  const { settings, problems } = readDraft(draft, defaults.ports);
  const { sources, requests, reuse, ...typed } = settings;
  // Reserved ports of this host are those of its own range.
  const reserved = typed.ports === undefined ? defaults.reserved : 0;
  const numbers = { ...defaults, ...(reserved !== undefined && { reserved }), ...typed };
  const changes = {
    ...(sources !== undefined && { sources }),
    ...(requests !== undefined && { requests }),
    ...(reuse !== undefined && { reuse }),
  };
  const now = situationOfNumbers(numbers);
  return {
    now,
    settings: changes,
    problems: problems.length > 0 ? problems : findProblems(now, { ...numbers, ...changes }),
  };
}
