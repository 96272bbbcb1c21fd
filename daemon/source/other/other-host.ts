/** A host of a platform that has no folder of its own: documented limits, no counters, no owners. */
import { UNKNOWN_GRANULARITY } from '../../host/release-granularity.js';
import type { HostSource } from '../host-source.js';
import { assumeLimits } from './assumed-limits.js';
import { NO_COUNTERS } from '../../host/counters.js';

export function openOtherHost(platform: NodeJS.Platform): HostSource {
  const limits = assumeLimits(platform);
  return {
    readFacts: () => ({ limits, counters: NO_COUNTERS, granularity: UNKNOWN_GRANULARITY, problems: [] }),
    findOwners: (queries) =>
      queries.map(() => ({ processes: [], why: `owners can be found on Linux only, this is ${platform}` })),
    noteTableRead: () => undefined,
    stop: () => undefined,
  };
}
