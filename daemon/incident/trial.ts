/** The way of one alert through the rules and the incidents, for a test: nothing of it is kept. */
import type { Alert, AlertSettings, LevelRule } from '../alert/alert.js';
import { stepAlerts } from '../alert/step.js';
import type { PoolForecast } from '../forecast/types.js';
import type { IncidentSettings } from './settings.js';
import { createIncidentTracker, type IncidentStepResult } from './tracker.js';

interface TrialOptions {
  readonly pool: PoolForecast;
  readonly recipients: readonly string[];
  readonly alerts: AlertSettings;
  readonly incidents: IncidentSettings;
  readonly nowMs: number;
}

/** Any forecast is above these lines. */
const ALWAYS: Pick<LevelRule, 'mail' | 'raise' | 'clear' | 'forMs'> = { mail: true, raise: 0, clear: -1, forMs: 0 };

/**
 * Lets an alert of the pool fire now, however calm the pool is, and opens the incident. The rule is `imminent` where an
 * exhaustion is forecast, else `use`; the severity is the worst, so that every recipient is told.
 */
export function planTrial({ pool, recipients, alerts, incidents, nowMs }: TrialOptions): IncidentStepResult {
  const settings: AlertSettings = {
    ...alerts,
    imminent: { ...alerts.imminent, ...ALWAYS },
    use: { ...alerts.use, ...ALWAYS },
  };
  const current: PoolForecast = { ...pool, sampledAtMs: nowMs };
  const step = stepAlerts({
    active: [],
    pools: [current],
    hasNewSample: true,
    blindSinceMs: null,
    settings,
    nowMs,
    maxSampleAgeMs: 0,
  });
  const active = step.active
    .filter(({ state, mail }) => state === 'firing' && mail)
    .slice(0, 1)
    .map((alert): Alert => ({ ...alert, id: `test_${alert.id}`, severity: 'critical' }));
  const tracker = createIncidentTracker({
    incidents: [],
    decisions: [],
    settings: incidents,
    findRecipients: () => recipients,
    startedAtMs: nowMs,
  });
  return tracker.step({ active, changes: [], usablePorts: null, nowMs });
}
