/** The routes of the page of one port series, and the search for the series of a port. */
import { Router } from 'express';
import type { ApiData } from './data.js';
import { idOf } from './ids.js';
import { parseEndsQuery, parsePortsQuery } from './page-query.js';
import { methodNotAllowed, quoteInput, sendProblem } from './problem.js';

/** The next dump answers: it comes within seconds while sockets change. */
const RETRY_SOON = { 'Retry-After': '2' };

export function portRoutes({ data }: { data: Pick<ApiData, 'ports' | 'pages'> }): Router {
  const { pages } = data;
  const router = Router();
  router
    .route('/ports')
    .get((request, response) => {
      const { port, limit } = parsePortsQuery(request.originalUrl);
      response.json(port === null ? data.ports() : pages.findPorts(port, limit));
    })
    .all(methodNotAllowed);
  router
    .route('/ports/:id/ends')
    .get(async (request, response) => {
      const { limit } = parseEndsQuery(request.originalUrl);
      const id = idOf(request);
      if (!pages.hasPort(id)) {
        sendProblem(response, { status: 404, detail: `the latest sample has no port series ${quoteInput(id)}` });
        return;
      }
      const ends = await pages.portEnds(id, limit);
      if (ends !== null) response.json(ends);
      else {
        const detail = 'the socket table was not read since this series was first asked for';
        sendProblem(response, { status: 503, detail, headers: RETRY_SOON });
      }
    })
    .all(methodNotAllowed);
  return router;
}
