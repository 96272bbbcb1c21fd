/** The routes: each reads its parameters and answers with data of the daemon. */
import { Router, type RequestHandler, type Response } from 'express';
import type { Clock, HistoryQuery } from '../contracts.js';
import type { History } from '../wire/history.js';
import type { WireReport } from '../wire/report.js';
import type { WirePools } from '../wire/pool.js';
import type { WireStatus } from '../wire/status.js';
import { adviceRoutes } from './advice-routes.js';
import { alertTestRoute, type TestAlerts } from './alert-test.js';
import type { ApiData } from './data.js';
import { changeRoutes } from './change-routes.js';
import { observedChangeRoutes } from './observed-change-routes.js';
import type { IncidentCommands } from '../incident/commands.js';
import type { EventHub } from './events.js';
import { idOf } from './ids.js';
import { renderScrape } from './metrics/scrape.js';
import { poolRoutes } from './pool-routes.js';
import { portRoutes } from './port-routes.js';
import { planRoute } from './plan-routes.js';
import { methodNotAllowed, notFound, quoteInput, sendProblem } from './problem.js';
import { parsePoolsQuery, searchPools } from './pools-query.js';
import {
  parseAlertsQuery,
  parseHistoryQuery,
  parseIncidentsQuery,
  parseLimitQuery,
  parseReportQuery,
  parseScoreQuery,
  refuseParameters,
} from './query.js';

const NO_SAMPLE = 'no sample has been taken yet';
/** The first sample comes with the first beat. */
const RETRY_SOON = { 'Retry-After': '2' };

interface RouteParts {
  readonly data: ApiData;
  readonly commands: IncidentCommands;
  readonly hub: EventHub;
  readonly clock: Clock;
  readonly testAlerts?: TestAlerts | undefined;
  readonly buildReport?: ((days: number) => Promise<WireReport>) | undefined;
}

/** /healthz, /readyz and /metrics. */
export function probeRoutes({ data, clock }: Pick<RouteParts, 'data' | 'clock'>): Router {
  const router = Router();
  addRead(router, '/healthz', (_request, response) => {
    response.json({ status: 'ok' });
  });
  addRead(router, '/readyz', (_request, response) => {
    const reasons = listReasonsNotReady(data);
    if (reasons.length === 0) response.json({ status: 'ready' });
    else sendProblem(response, { status: 503, detail: reasons.join('; '), headers: RETRY_SOON });
  });
  addRead(router, '/metrics', async (_request, response) => {
    const { contentType, text } = await renderScrape(data, clock.wallMs());
    response.set('Content-Type', contentType).send(text);
  });
  return router;
}

/** Everything under /api/v1. Any other path there is answered with 404. */
export function apiRoutes(parts: RouteParts): Router {
  const { data, commands, hub, clock } = parts;
  const router = Router();
  addActions(router, parts);
  addRead(router, '/status', (request, response) => {
    refuseParameters(request.originalUrl);
    sendOnceSampled(response, data.status());
  });
  addRead(router, '/pools', (request, response) => {
    const search = parsePoolsQuery(request.originalUrl);
    const pools = data.pools();
    sendOnceSampled(response, search === null || pools === null ? pools : searchPools(pools, search));
  });
  addRead(router, '/pools/:id/history', (request, response) => {
    const query = parseHistoryQuery(request.originalUrl, idOf(request), clock.wallMs());
    const inSample = (): boolean => data.pools()?.pools.some((pool) => pool.id === query.id) ?? false;
    sendHistory(response, { query, history: data.history.poolHistory(query), inSample, noun: 'pool' });
  });
  addRead(router, '/ports/:id/history', (request, response) => {
    const query = parseHistoryQuery(request.originalUrl, idOf(request), clock.wallMs());
    const inSample = (): boolean => data.ports().some((port) => port.id === query.id);
    sendHistory(response, { query, history: data.history.portHistory(query), inSample, noun: 'port series' });
  });
  addToldRoutes(router, parts);
  addRead(router, '/outages', (request, response) => {
    response.json(data.outages(parseLimitQuery(request.originalUrl).limit));
  });
  addRead(router, '/score', (request, response) => {
    response.json(data.score(parseScoreQuery(request.originalUrl).limit));
  });
  addRead(router, '/plan', planRoute(data, clock));
  addRead(router, '/events', (request, response) => {
    hub.connect(request, response);
  });
  router.use(poolRoutes({ pages: data.pages, clock }), portRoutes({ data }));
  router.use(observedChangeRoutes(data));
  router.use(adviceRoutes(data.advice));
  router.use(changeRoutes({ commands, clock }));
  router.use(notFound);
  return router;
}

/** Alerts and incidents, and why something was told or not. */
function addToldRoutes(router: Router, { data }: RouteParts): void {
  addRead(router, '/alerts', (request, response) => {
    const { state, limit } = parseAlertsQuery(request.originalUrl);
    response.json(data.alerts(state, limit));
  });
  addRead(router, '/alerts/:id/decisions', (request, response) => {
    refuseParameters(request.originalUrl);
    response.json(data.decisions(idOf(request)));
  });
  addRead(router, '/incidents', (request, response) => {
    const query = parseIncidentsQuery(request.originalUrl);
    if (query.before === null || data.incident(query.before) !== null) response.json(data.incidents(query));
    else sendProblem(response, { status: 400, detail: `before: there is no incident ${quoteInput(query.before)}` });
  });
  addRead(router, '/incidents/:id', (request, response) => {
    refuseParameters(request.originalUrl);
    const incident = data.incident(idOf(request));
    if (incident !== null) response.json(incident);
    else sendProblem(response, { status: 404, detail: `there is no incident ${quoteInput(idOf(request))}` });
  });
}

/** What takes longer than reading what is known. */
function addActions(router: Router, { testAlerts, buildReport }: RouteParts): void {
  if (testAlerts !== undefined) router.use('/alerts/test', alertTestRoute(testAlerts));
  if (buildReport === undefined) return;
  addRead(router, '/report', async (request, response) => {
    response.json(await buildReport(parseReportQuery(request.originalUrl).days));
  });
}

/** Adds a route for GET, which express also answers for HEAD. Every other method is answered with 405. */
function addRead(router: Router, path: string, handler: RequestHandler): void {
  router.route(path).get(handler).all(methodNotAllowed);
}

function sendOnceSampled(response: Response, document: WireStatus | WirePools | null): void {
  if (document !== null) response.json(document);
  else sendProblem(response, { status: 503, detail: NO_SAMPLE, headers: RETRY_SOON });
}

function listReasonsNotReady(data: ApiData): string[] {
  const status = data.status();
  if (status === null) return [NO_SAMPLE];
  const { health, problems, sampling } = status;
  const reasons = sampling.lastDumpAt === null ? [NO_SAMPLE] : [];
  if (health === 'blind') {
    reasons.push('portcast has no good sample', ...problems.map(({ part, message }) => `${part}: ${message}`));
  }
  return reasons;
}

interface HistoryAnswer {
  readonly query: HistoryQuery;
  readonly history: History | null;
  /** Whether the latest sample contains this pool or port series; it may not be stored yet. */
  readonly inSample: () => boolean;
  readonly noun: string;
}

function sendHistory(response: Response, { query, history, inSample, noun }: HistoryAnswer): void {
  if (history !== null) {
    response.json(history);
    return;
  }
  if (!inSample()) {
    sendProblem(response, { status: 404, detail: `there is no ${noun} ${quoteInput(query.id)}` });
    return;
  }
  // It is in the latest sample, but no batch with it has been written yet.
  const stepMs = Math.ceil((query.toMs - query.fromMs) / query.points);
  const empty: History = { stepMs, t: [], min: {}, mean: {}, max: {} };
  response.json(empty);
}
