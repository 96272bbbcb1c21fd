/** The routes: each one reads its parameters, asks the daemon and answers. */
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { planWhatIf } from '../advice/plan.js';
import type { Clock, HistoryQuery } from '../contracts.js';
import type { History } from '../wire/history.js';
import type { WirePlan } from '../wire/plan.js';
import type { WirePools } from '../wire/pool.js';
import type { WireStatus } from '../wire/status.js';
import type { ApiData } from './data.js';
import type { EventHub } from './events.js';
import { renderScrape } from './metrics/scrape.js';
import { methodNotAllowed, notFound, quoteInput, sendProblem } from './problem.js';
import { parseAlertsQuery, parseHistoryQuery, parsePlanQuery, parseScoreQuery, refuseParameters } from './query.js';

const NO_SAMPLE = 'no sample has been taken yet';

interface RouteParts {
  readonly data: ApiData;
  readonly hub: EventHub;
  readonly clock: Clock;
}

/** /healthz, /readyz and /metrics. */
export function probeRoutes({ data, clock }: RouteParts): Router {
  const router = Router();
  addRead(router, '/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  addRead(router, '/readyz', (_request, response) => {
    const reasons = notReadyBecause(data);
    if (reasons.length === 0) response.json({ status: 'ready' });
    else sendProblem(response, { status: 503, detail: reasons.join('; '), headers: { 'Retry-After': '2' } });
  });
  addRead(router, '/metrics', async (_request, response) => {
    const { contentType, text } = await renderScrape(data, clock.wallMs());
    response.set('Content-Type', contentType).send(text);
  });
  return router;
}

/** Everything under /api/v1. What is not here does not exist. */
export function apiRoutes({ data, hub, clock }: RouteParts): Router {
  const router = Router();
  addRead(router, '/status', (request, response) => {
    refuseParameters(request.originalUrl);
    sendOnceSampled(response, data.status());
  });
  addRead(router, '/pools', (request, response) => {
    refuseParameters(request.originalUrl);
    sendOnceSampled(response, data.pools());
  });
  addRead(router, '/ports', (request, response) => {
    refuseParameters(request.originalUrl);
    response.json(data.ports());
  });
  addRead(router, '/pools/:id/history', (request, response) => {
    const query = parseHistoryQuery(request.originalUrl, idOf(request), clock.wallMs());
    const isKnown = (): boolean => data.pools()?.pools.some((pool) => pool.id === query.id) ?? false;
    sendHistory(response, { query, history: data.history.poolHistory(query), isKnown, what: 'pool' });
  });
  addRead(router, '/ports/:id/history', (request, response) => {
    const query = parseHistoryQuery(request.originalUrl, idOf(request), clock.wallMs());
    const isKnown = (): boolean => data.ports().some((port) => port.id === query.id);
    sendHistory(response, { query, history: data.history.portHistory(query), isKnown, what: 'port series' });
  });
  addRead(router, '/alerts', (request, response) => {
    const { state, limit } = parseAlertsQuery(request.originalUrl);
    response.json(data.alerts(state, limit));
  });
  addRead(router, '/score', (request, response) => {
    response.json(data.score(parseScoreQuery(request.originalUrl).limit));
  });
  addRead(router, '/plan', (request, response) => {
    const plan: WirePlan = planWhatIf(parsePlanQuery(request.originalUrl));
    response.json(plan);
  });
  addRead(router, '/events', (request, response) => {
    hub.connect(request, response);
  });
  router.use(notFound);
  return router;
}

/** GET, which express answers for HEAD as well, and 405 for every other method. */
function addRead(router: Router, path: string, handler: RequestHandler): void {
  router.route(path).get(handler).all(methodNotAllowed);
}

function idOf(request: Request): string {
  const { id } = request.params;
  return typeof id === 'string' ? id : '';
}

function sendOnceSampled(response: Response, document: WireStatus | WirePools | null): void {
  if (document !== null) response.json(document);
  else sendProblem(response, { status: 503, detail: NO_SAMPLE, headers: { 'Retry-After': '2' } });
}

function notReadyBecause(data: ApiData): string[] {
  const status = data.status();
  if (status === null) return [NO_SAMPLE];
  const { health, problems, sampling } = status;
  const reasons = sampling.lastDumpAt === null ? [NO_SAMPLE] : [];
  if (health === 'blind') {
    reasons.push('portcast is blind: no good sample', ...problems.map(({ part, message }) => `${part}: ${message}`));
  }
  return reasons;
}

interface HistoryAnswer {
  readonly query: HistoryQuery;
  readonly history: History | null;
  /** Whether the latest sample has it, stored or not yet. */
  readonly isKnown: () => boolean;
  readonly what: string;
}

function sendHistory(response: Response, { query, history, isKnown, what }: HistoryAnswer): void {
  if (history !== null) {
    response.json(history);
    return;
  }
  if (!isKnown()) {
    sendProblem(response, { status: 404, detail: `no ${what} ${quoteInput(query.id)} was ever seen` });
    return;
  }
  // Seen, but still on its way to the store.
  const stepMs = Math.ceil((query.toMs - query.fromMs) / query.points);
  const empty: History = { stepMs, t: [], min: {}, mean: {}, max: {} };
  response.json(empty);
}
