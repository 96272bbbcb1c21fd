/** Who holds the connections of a pool, as a fact of a mail. */
import { NO_OWNER_FOUND, OWNERS_NOT_SOUGHT, WITHOUT_OWNERS, type OwnerReport } from '../../alert/alert.js';
import { formatProcesses } from '../../wire/process-groups.js';
import type { Fact } from './facts.js';
import { cleanLine } from './sanitize.js';

const MAX_PROCESS_NAME = 64;
/** Reasons that the reader can do nothing about. */
const WITHOUT_REMEDY: readonly (string | null)[] = [null, NO_OWNER_FOUND, OWNERS_NOT_SOUGHT.why, WITHOUT_OWNERS.why];

/** Nothing where no owner is known, unless the reason is one that the reader can remove. */
export function describeOwners({ processes, why }: OwnerReport, nowMs: number): Fact[] {
  const cleaned = processes.map((process) => ({ ...process, name: cleanLine(process.name, MAX_PROCESS_NAME) }));
  if (cleaned.length > 0) return [{ label: 'Who', value: formatProcesses(cleaned, { shares: true, nowMs }) }];
  return WITHOUT_REMEDY.includes(why) ? [] : [{ label: 'Who', value: `Not known; ${why}` }];
}
