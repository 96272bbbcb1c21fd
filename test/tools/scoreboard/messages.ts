/** How many messages people get about one case: the whole line of alerts and incidents, until its traffic is long over. */
import { SHOWN_ABOVE } from '../../../daemon/forecast/thresholds.js';
import { countUnusedCapacity } from '../../../daemon/pool/capacity.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../../daemon/incident/settings.js';
import { createIncidentTracker } from '../../../daemon/incident/tracker.js';
import { intensityOf, type RatePlan } from '../simulator/plan.js';
import { simulate, type Simulation } from '../simulator/simulate.js';
import type { World } from '../simulator/world.js';
import { createWorld, type Case } from './case.js';
import { isFar } from './case-errors.js';
import { createReference } from './reference.js';
import { scoredFromS } from './watch-case.js';
import { createForecastLoop, listSampleInstants } from './forecast-loop.js';

export interface CaseMessages {
  readonly family: string;
  readonly capacity: number;
  readonly seed: number;
  /** Stretches of failed connects. They are apart where none failed for a minute. */
  readonly exhaustions: number;
  /** Random variation does not decide whether the case exhausts. */
  readonly far: boolean;
  readonly messages: number;
  /** Whether an incident was told of when the reference, which is given the true rate, would not have warned. */
  readonly unjustified: boolean;
}

/** After the end of the traffic: TIME_WAIT ends, the alerts clear, and the incident has been quiet. */
const AFTERWARDS_S = 600;
const AFTERWARDS_EVERY_S = 10;
const APART_MS = 60_000;
const RECIPIENT = 'ops@example.org';

export function countMessages(of: Case): CaseMessages {
  const endMs = 1000 * of.scenario.endS;
  const simulation = simulate(endTraffic(createWorld(of), endMs));
  const forecast = createForecastLoop(of, simulation);
  const incidents = createIncidentTracker({
    incidents: [],
    decisions: [],
    settings: DEFAULT_INCIDENT_SETTINGS,
    findRecipients: () => [RECIPIENT],
    startedAtMs: 0,
  });
  const reference = createReference(of);
  let messages = 0;
  let unjustified = false;
  const instants = listSampleInstants(of);
  for (let s = AFTERWARDS_EVERY_S; s <= AFTERWARDS_S; s += AFTERWARDS_EVERY_S) instants.push(endMs + 1000 * s);
  for (const atMs of instants) {
    simulation.runTo(atMs);
    const { snapshot, active, changes } = forecast();
    const usablePorts = countUnusedCapacity(null, simulation.limits());
    const step = incidents.step({ active, changes, usablePorts, nowMs: snapshot.takenAtMs });
    incidents.accept(step);
    // As in the other figures, what is said before scoring begins does not count: the host has only just begun to work.
    const fromMs = snapshot.takenAtMs - atMs + 1000 * scoredFromS(of.scenario);
    const told = step.messages.filter(({ notice }) => notice === null || notice.incident.openedAtMs >= fromMs);
    messages += told.length;
    if (told.some(({ notice }) => notice?.kind === 'first') && of.kind === 'plan') {
      unjustified ||= reference.judge(atMs, snapshot, simulation.limits()).probability <= SHOWN_ABOVE;
    }
  }
  return {
    family: of.family,
    capacity: of.capacity,
    seed: of.seed,
    exhaustions: countExhaustions(simulation),
    far: isFar(of),
    messages,
    unjustified,
  };
}

function countExhaustions(simulation: Simulation): number {
  const instants = simulation.failures().map(({ atMs }) => atMs);
  return instants.filter((atMs, i) => atMs - (instants[i - 1] ?? -Infinity) >= APART_MS).length;
}

/** The same world, in which nothing is opened from an instant on. */
function endTraffic(world: World, endMs: number): World {
  return { ...world, streams: world.streams.map((stream) => ({ ...stream, rate: endPlan(stream.rate, endMs) })) };
}

function endPlan(plan: RatePlan, endMs: number): RatePlan {
  if (typeof plan === 'function') return (ms) => (ms < endMs ? plan(ms) : 0);
  const points = typeof plan === 'number' ? [{ atMs: 0, rate: plan }] : plan;
  return intensityOf(plan).rateAt(endMs) === 0
    ? points
    : [...points.filter(({ atMs }) => atMs < endMs), { atMs: endMs, rate: 0 }];
}
