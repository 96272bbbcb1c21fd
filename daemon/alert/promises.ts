/**
 * Which alerts are warnings that get scored. An alert of `imminent` or `leak` forecasts an exhaustion within a certain
 * time, and score/ checks afterwards whether it came. The other rules state a level or a fact and are not scored.
 */
import { PROBABILITY_WITHIN_MS } from '../forecast/thresholds.js';
import type { FiringWarning } from '../score/types.js';
import type { Alert, AlertSettings, Rule } from './alert.js';

const WARNING_KINDS: Partial<Record<Rule, FiringWarning['kind']>> = { imminent: 'alarm', leak: 'leak' };

/** The kind of warning that an alert of this rule is; null for a rule that is not scored. */
export function warningKindOf(rule: Rule): FiringWarning['kind'] | null {
  return WARNING_KINDS[rule] ?? null;
}

/** The firing alerts that are warnings, each with the time within which it forecasts the exhaustion. */
export function listFiringWarnings(active: readonly Alert[], settings: AlertSettings): FiringWarning[] {
  return active.flatMap(({ rule, state, poolId, firingAtMs }) => {
    const kind = warningKindOf(rule);
    if (kind === null || state !== 'firing' || poolId === null || firingAtMs === null) return [];
    const withinMs = kind === 'leak' ? settings.leak.raiseWithinMs : PROBABILITY_WITHIN_MS;
    return [{ poolId, kind, firedAtMs: firingAtMs, withinMs }];
  });
}
