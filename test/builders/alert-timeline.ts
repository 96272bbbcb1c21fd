/** Steps the alerts beat by beat, as the cycle does. */
import type { Alert, AlertChange, AlertSettings } from '../../daemon/alert/alert.js';
import { DEFAULT_ALERT_SETTINGS } from '../../daemon/alert/settings.js';
import { stepAlerts } from '../../daemon/alert/step.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import type { Outage } from '../../daemon/outage/outage.js';
import { SECOND_MS } from '../../daemon/units.js';
import { MAX_SAMPLE_AGE_MS } from '../fakes.js';
import { calmForecast, T0 } from './forecasts.js';

export interface Beat {
  readonly atMs: number;
  /** Null: the socket table was not read on this beat. */
  readonly pools: readonly PoolForecast[] | null;
  readonly blindSinceMs?: number | null;
  readonly noPortWhy?: string | null;
  readonly outages?: readonly Outage[];
}

export interface Timeline {
  active: Alert[];
  readonly changes: AlertChange[];
  /** @returns the changes of this beat. */
  beat(beat: Beat): AlertChange[];
}

export interface Play {
  readonly seconds: number;
  readonly stepSeconds?: number;
  /** WAITING_SETTINGS unless given. */
  readonly settings?: AlertSettings;
  /** What the one pool shows at each second since T0, beside a calm forecast; null when it is not in the table. */
  readonly pool: (second: number) => Partial<PoolForecast> | null;
}

const STEP_SECONDS = 2;
/** The defaults, but `imminent` waits for two beats: for what happens while an alert is pending. */
const WAITING_SETTINGS: AlertSettings = {
  ...DEFAULT_ALERT_SETTINGS,
  imminent: { ...DEFAULT_ALERT_SETTINGS.imminent, forMs: 4 * SECOND_MS },
};

export function createTimeline(settings: AlertSettings = WAITING_SETTINGS, active: readonly Alert[] = []): Timeline {
  let newestPools: readonly PoolForecast[] = [];
  const timeline: Timeline = {
    active: [...active],
    changes: [],
    beat({ atMs, pools, blindSinceMs = null, noPortWhy = null, outages }) {
      newestPools = pools ?? newestPools;
      const step = stepAlerts({
        active: timeline.active,
        pools: newestPools,
        hasNewSample: pools !== null,
        blindSinceMs,
        noPortWhy,
        settings,
        nowMs: atMs,
        maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
        ...(outages === undefined ? {} : { outages }),
      });
      timeline.active = step.active;
      timeline.changes.push(...step.changes);
      return step.changes;
    },
  };
  return timeline;
}

/** Plays one pool from T0 on. The log has a line for each change: `4 s imminent: pending -> firing`. */
export function playTimeline(play: Play): { readonly log: string[]; readonly timeline: Timeline } {
  const timeline = createTimeline(play.settings);
  const log: string[] = [];
  const stepSeconds = play.stepSeconds ?? STEP_SECONDS;
  for (let second = 0; second <= play.seconds; second += stepSeconds) {
    const atMs = T0 + second * SECOND_MS;
    const changes = play.pool(second);
    const pools = changes === null ? [] : [calmForecast({ ...changes, sampledAtMs: atMs })];
    for (const text of formatChanges(timeline.beat({ atMs, pools }))) {
      log.push(`${second} s ${text}`);
    }
  }
  return { log, timeline };
}

/** Each change as a short line to compare: `imminent: pending -> firing`. */
export function formatChanges(changes: readonly AlertChange[]): string[] {
  return changes.map(({ from, to, alert }) => `${alert.rule}: ${from} -> ${to}`);
}

/** The ports run out at an instant, which is known to 4 s. */
export function exhausting(atMs: number): Partial<PoolForecast> {
  return { exhaustsAtMs: atMs, earliestAtMs: atMs - 2 * SECOND_MS, latestAtMs: atMs + 2 * SECOND_MS };
}

/** The ports run out 30 s after a second since T0. */
export function exhaustingSoon(second: number, probability = 0.9): Partial<PoolForecast> {
  return { ...exhausting(T0 + (second + 30) * SECOND_MS), probability, mode: 'churn' };
}
