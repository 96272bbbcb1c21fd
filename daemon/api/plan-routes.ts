/** `GET /api/v1/plan`: what-if over numbers, over a pool of the newest sample, and over a stored incident. */
import type { RequestHandler, Response } from 'express';
import { planWhatIf } from '../advice/plan.js';
import { findProblems, type Settings, type Situation } from '../advice/what-if.js';
import type { Clock } from '../contracts.js';
import { planToWire, situationOfNumbers, type WirePlan } from '../wire/plan.js';
import { planIncident, situationsOfIncident, type WireIncidentPlan } from '../wire/plan-incident.js';
import { findPools, situationOfPool } from '../wire/plan-pool.js';
import type { ApiData } from './data.js';
import { parsePlanQuery, settingsError } from './plan-query.js';
import { quoteInput, sendProblem } from './problem.js';
import { usageError } from './query.js';

const RETRY_SOON = { 'Retry-After': '2' };

type PlanData = Pick<ApiData, 'pools' | 'status' | 'incident' | 'history'>;

export function planRoute(data: PlanData, clock: Clock): RequestHandler {
  return (request, response) => {
    const { subject, settings, isWhatIf } = parsePlanQuery(request.originalUrl);
    switch (subject.kind) {
      case 'numbers': {
        const now = situationOfNumbers(subject.numbers);
        if (isWhatIf) refuseNonsense(now, { ...subject.numbers, ...settings });
        response.json(isWhatIf ? planToWire(now, settings, null) : (planWhatIf(subject.numbers) satisfies WirePlan));
        return;
      }
      case 'pool':
        sendPoolPlan(response, data, { id: subject.id, settings });
        return;
      case 'incident':
        response.json(planStored(data, clock, { id: subject.id, settings }));
    }
  };
}

interface Wanted {
  readonly id: string;
  readonly settings: Settings;
}

function sendPoolPlan(response: Response, data: PlanData, { id, settings }: Wanted): void {
  const sample = data.pools();
  if (sample === null) {
    sendProblem(response, { status: 503, detail: 'no sample has been taken yet', headers: RETRY_SOON });
    return;
  }
  const [pool, another] = findPools(sample.pools, id);
  if (pool === undefined) throw usageError(`pool: there is no pool ${quoteInput(id)} in the newest sample`);
  if (another !== undefined) throw usageError(`pool: several pools lead to ${quoteInput(id)}; give the id of one`);
  const now = situationOfPool(pool, sample.host);
  refuseNonsense(now, settings);
  response.json(planToWire(now, settings, { id: pool.id, name: now.name }));
}

function planStored(data: PlanData, clock: Clock, { id, settings }: Wanted): WireIncidentPlan {
  const incident = data.incident(id);
  if (incident === null) throw usageError(`incident: there is no incident ${quoteInput(id)}`);
  const host = data.status()?.host ?? null;
  for (const situation of situationsOfIncident({ incident, host })) refuseNonsense(situation, settings);
  const poolHistory = data.history.poolHistory.bind(data.history);
  return planIncident({ incident, settings, host, poolHistory, nowMs: clock.wallMs() });
}

function refuseNonsense(now: Situation, settings: Settings): void {
  const [problem] = findProblems(now, settings);
  if (problem !== undefined) throw settingsError(problem);
}
