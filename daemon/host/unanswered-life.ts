/** Placeholder until the limits are read. */
import type { HostLimits } from './limits.js';

export function findSynLifeMs(_limits: HostLimits): number {
  return 134_000;
}
export function findOrphanLifeMs(_limits: HostLimits): number {
  return 120_000;
}
export function findSynElapsedMs(_retransmits: number, _remainingMs: number, _limits: HostLimits): number | null {
  return null;
}
