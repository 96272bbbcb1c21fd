/** Plays alerts that fire and resolve through the step of incidents, with a clock that the test moves. */
import type { Alert, AlertChange, Severity } from '../../daemon/alert/alert.js';
import type { Decision, Incident, Notice } from '../../daemon/incident/incident.js';
import type { Mute } from '../../daemon/incident/mutes.js';
import { DEFAULT_INCIDENT_SETTINGS, type IncidentSettings } from '../../daemon/incident/settings.js';
import { stepIncidents } from '../../daemon/incident/step.js';
import type { PoolForecast } from '../../daemon/forecast/types.js';
import { poolForecast, T0 } from './forecasts.js';
import { alert as createAlert } from './messages.js';

interface AlertSpec {
  readonly pool: string;
  readonly rule?: Alert['rule'];
  /** The part of portcast, of an alert `trouble`. */
  readonly part?: string;
  readonly severity?: Severity;
  readonly mail?: boolean;
  readonly inhibitedBy?: string;
  readonly processes?: readonly string[];
  readonly place?: Partial<PoolForecast>;
}

export interface IncidentScene {
  /** Lets an alert begin to fire in the next step. @returns its id */
  fire(spec: AlertSpec): string;
  /** Lets an alert be resolved in the next step. */
  resolve(id: string): void;
  /** Lets time pass, then makes a step. @returns what it told */
  step(ms?: number): Notice[];
  recipients: string[];
  /** Told only of incidents that are critical. */
  readonly onlyCritical: string[];
  rangeShrankAtMs: number | null;
  /** What is in force in the next steps. */
  mutes: readonly Mute[];
  /** Changes every incident that is not over, as a person does between two steps. */
  change(change: (incident: Incident) => Incident): void;
  readonly incidents: () => Incident[];
  readonly living: () => Incident[];
  readonly notices: Notice[];
  readonly decisions: Decision[];
  readonly nowMs: () => number;
}

export function incidentScene(settings: Partial<IncidentSettings> = {}): IncidentScene {
  let nowMs = T0;
  let incidents: Incident[] = [];
  let changes: AlertChange[] = [];
  const active = new Map<string, Alert>();
  const scene: IncidentScene = {
    recipients: ['ops@example.org'],
    onlyCritical: [],
    rangeShrankAtMs: null,
    mutes: [],
    change(change) {
      incidents = incidents.map((incident) => (incident.state === 'resolved' ? incident : change(incident)));
    },
    notices: [],
    decisions: [],
    incidents: () => incidents,
    living: () => incidents.filter(({ state }) => state !== 'resolved'),
    nowMs: () => nowMs,
    fire({
      pool,
      part,
      rule = 'imminent',
      severity = 'critical',
      mail = true,
      inhibitedBy,
      processes = [],
      place = {},
    }) {
      const forecast = poolForecast({ id: pool, ...place });
      const alert = createAlert({
        id: `${rule}_${pool}_${nowMs}`,
        rule,
        severity,
        mail,
        inhibitedBy: inhibitedBy ?? null,
        firingAtMs: nowMs,
        latest: forecast,
        owners: { processes: processes.map((name, pid) => ({ pid, name, confidence: 1 })), why: null },
      });
      const about =
        rule === 'blind' || rule === 'empty' || rule === 'trouble'
          ? {
              ...alert,
              poolId: null,
              latest: null,
              raised: null,
              ...(part === undefined ? {} : { trouble: { part, message: 'wrong' } }),
            }
          : alert;
      active.set(about.id, about);
      changes.push({ from: 'pending', to: 'firing', alert: about });
      return about.id;
    },
    resolve(id) {
      const alert = active.get(id);
      if (alert === undefined) throw new Error(`no alert ${id} fires`);
      active.delete(id);
      changes.push({ from: 'firing', to: 'resolved', alert: { ...alert, state: 'resolved', resolvedAtMs: nowMs } });
    },
    step(ms = 2000) {
      nowMs += ms;
      const step = stepIncidents({
        incidents,
        active: [...active.values()],
        changes,
        rangeShrankAtMs: scene.rangeShrankAtMs,
        findRecipients: ({ severity: of }) => [...scene.recipients, ...(of === 'critical' ? scene.onlyCritical : [])],
        findBelowSeverity: ({ severity: of }) => (of === 'critical' ? [] : scene.onlyCritical),
        toldBeforeMs: 0,
        mutes: scene.mutes,
        settings: { ...DEFAULT_INCIDENT_SETTINGS, ...settings },
        nowMs,
      });
      incidents = step.incidents;
      changes = [];
      scene.notices.push(...step.notices);
      scene.decisions.push(...step.decisions);
      return step.notices;
    },
  };
  return scene;
}
