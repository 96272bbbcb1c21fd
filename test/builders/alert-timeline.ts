/** Runs the alerts over a time line of beats, as the cycle does. */
import type { Alert, AlertChange, AlertSettings } from '../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import { stepAlerts } from '../../daemon/alert/step.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { MAX_SAMPLE_AGE_MS } from '../fakes.js';

export interface Beat {
  readonly atMs: number;
  /** Null: no new dump on this beat. */
  readonly pools: readonly PoolForecast[] | null;
  readonly blindSinceMs?: number | null;
  readonly untilNextStepMs?: number;
}

export interface Timeline {
  active: Alert[];
  readonly changes: AlertChange[];
  beat(beat: Beat): AlertChange[];
}

export function timeline(settings: AlertSettings = DEFAULT_ALERT_SETTINGS, active: readonly Alert[] = []): Timeline {
  let pools: readonly PoolForecast[] = [];
  const line: Timeline = {
    active: [...active],
    changes: [],
    beat({ atMs, pools: fresh, blindSinceMs = null, untilNextStepMs = 2000 }) {
      pools = fresh ?? pools;
      const step = stepAlerts({
        active: line.active,
        pools,
        hasNewSample: fresh !== null,
        blindSinceMs,
        settings,
        nowMs: atMs,
        untilNextStepMs,
        maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
      });
      line.active = step.active;
      line.changes.push(...step.changes);
      return step.changes;
    },
  };
  return line;
}

/** `imminent: pending -> firing`, as a short line to compare. */
export function shown(changes: readonly AlertChange[]): string[] {
  return changes.map(({ from, to, alert }) => `${alert.rule}: ${from} -> ${to}`);
}
