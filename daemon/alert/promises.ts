/** Which alerts promise an exhaustion, and until when: those that are judged by whether it came. */
import { PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';
import type { FiringWarning } from '../score/types.js';
import type { Alert, AlertSettings, Rule } from './alert.js';

const KINDS: Partial<Record<Rule, FiringWarning['kind']>> = { imminent: 'alarm', leak: 'leak' };

/** The kind of warning that an alert of a rule is; null for a rule that states a level or a fact. */
export function warningKindOf(rule: Rule): FiringWarning['kind'] | null {
  return KINDS[rule] ?? null;
}

/** Of these alerts, the warnings that are firing. */
export function listFiringWarnings(active: readonly Alert[], settings: AlertSettings): FiringWarning[] {
  return active.flatMap(({ rule, state, poolId, firingAtMs }) => {
    const kind = warningKindOf(rule);
    if (kind === null || state !== 'firing' || poolId === null || firingAtMs === null) return [];
    const withinMs = kind === 'leak' ? settings.leak.raiseWithinMs : PROBABILITY_WITHIN_MS;
    return [{ poolId, kind, firedAtMs: firingAtMs, withinMs }];
  });
}
