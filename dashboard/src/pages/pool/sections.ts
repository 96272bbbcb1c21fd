/** The sections of the page of a pool below its charts, in their order. A section is a component and one line here. */
import type { ComponentType } from 'preact';
import { PoolChanges } from '../../parts/changes/pool-changes.js';
import { PoolAdviceSection } from './sections/pool-advice-section.js';
import type { PoolSectionProps } from './section-props.js';
import { PoolSchedule } from './sections/pool-schedule.js';
import { PoolScore } from './sections/pool-score.js';

interface PoolSection {
  readonly key: string;
  readonly Section: ComponentType<PoolSectionProps>;
}

export const POOL_SECTIONS: readonly PoolSection[] = [
  // What helps: advice for this pool, and the link to a what-if of it.
  { key: 'advice', Section: PoolAdviceSection },
  { key: 'schedule', Section: PoolSchedule },
  // What changed: the limits of the host and the behaviour of the pool, before and after.
  { key: 'changes', Section: PoolChanges },
  { key: 'score', Section: PoolScore },
];
