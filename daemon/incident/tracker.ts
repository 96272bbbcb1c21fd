/** Follows the incidents from step to step. */
import type { Alert, AlertChange } from '../alert/alert.js';
import { planMessages, restoreCaps, type CapState, type PlannedMessage } from './caps.js';
import type { Decision, Incident } from './incident.js';
import type { Mute } from './mutes.js';
import type { IncidentSettings } from './settings.js';
import { stepIncidents } from './step.js';

/** The number of usable ports must fall by this share to be the cause of an incident: listeners come and go. */
const SHRINK_SHARE = 0.1;

interface TrackerOptions {
  /** As they were when the daemon last stopped. */
  readonly incidents: readonly Incident[];
  /** The decisions of the last hours, oldest first. */
  readonly decisions: readonly Decision[];
  readonly settings: IncidentSettings;
  readonly findRecipients: (incident: Incident) => readonly string[];
  /** The silences and maintenance windows that are in force at an instant; none unless given. */
  readonly listMutes?: (nowMs: number) => readonly Mute[];
  /** Who is told only of incidents of another severity; absent: nobody. */
  readonly findBelowSeverity?: (incident: Incident) => readonly string[];
  /** Alerts that fire since before this instant and belong to no incident were told of by an older version. */
  readonly startedAtMs: number;
}

interface StepInput {
  readonly active: readonly Alert[];
  readonly changes: readonly AlertChange[];
  /** The ports that the kernel may hand out now; null where the host could not be read. */
  readonly usablePorts: number | null;
  readonly nowMs: number;
}

export interface IncidentStepResult {
  /** All that are open or quiet after this step, or were resolved within the last hour. */
  readonly known: readonly Incident[];
  /** Those that have changed. */
  readonly incidents: readonly Incident[];
  readonly decisions: readonly Decision[];
  readonly messages: readonly PlannedMessage[];
}

export interface IncidentTracker {
  /** The result becomes the state only with `accept`: where storing it fails, the next step computes the same again. */
  step(input: StepInput): IncidentStepResult;
  accept(result: IncidentStepResult): void;
  /** The newest state of all that are open or quiet, or were resolved within the last hour. */
  list(): readonly Incident[];
  /** Takes the place of the incident with the same id: a person has changed it, and the change is stored. */
  replace(incident: Incident): void;
}

export function createIncidentTracker(options: TrackerOptions): IncidentTracker {
  const { settings, findRecipients, findBelowSeverity = () => [], listMutes = () => [] } = options;
  let known = options.incidents;
  let caps = restoreCaps(options.decisions);
  let usable: number | null = null;
  let rangeShrankAtMs: number | null = null;
  const planned = new WeakMap<IncidentStepResult, CapState>();
  return {
    step({ active, changes, usablePorts, nowMs }) {
      if (usablePorts !== null) {
        if (usable !== null && usablePorts < (1 - SHRINK_SHARE) * usable) rangeShrankAtMs = nowMs;
        if (rangeShrankAtMs !== null) rangeShrankAtMs = Math.min(rangeShrankAtMs, nowMs);
        usable = usablePorts;
      }
      const step = stepIncidents({
        incidents: known,
        active,
        changes,
        rangeShrankAtMs,
        findRecipients,
        findBelowSeverity,
        toldBeforeMs: options.startedAtMs,
        mutes: listMutes(nowMs),
        settings,
        nowMs,
      });
      const plan = planMessages(step.notices, caps, { settings, nowMs });
      const result: IncidentStepResult = {
        known: step.incidents,
        incidents: step.changed,
        decisions: [...step.decisions, ...plan.decisions],
        messages: plan.messages,
      };
      planned.set(result, plan.state);
      return result;
    },
    accept(result) {
      known = result.known;
      caps = planned.get(result) ?? caps;
    },
    list: () => known,
    replace(incident) {
      known = known.map((one) => (one.id === incident.id ? incident : one));
    },
  };
}
