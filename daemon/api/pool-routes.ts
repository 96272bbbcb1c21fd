/** The routes of the page of one pool, below /api/v1/pools/:id. */
import { Router } from 'express';
import type { Clock } from '../contracts.js';
import { idOf } from './ids.js';
import type { PageData } from './page-data.js';
import { parseMarksQuery } from './page-query.js';
import { methodNotAllowed, quoteInput, sendProblem } from './problem.js';
import { parseScoreQuery, refuseParameters } from './query.js';

export function poolRoutes({ pages, clock }: { pages: PageData; clock: Clock }): Router {
  const router = Router();
  router
    .route('/pools/:id')
    .get((request, response) => {
      refuseParameters(request.originalUrl);
      const pool = pages.pool(idOf(request));
      if (pool !== null) response.json(pool);
      else sendProblem(response, { status: 404, detail: `there is no pool ${quoteInput(idOf(request))}` });
    })
    .all(methodNotAllowed);
  router
    .route('/pools/:id/schedule')
    .get((request, response) => {
      refuseParameters(request.originalUrl);
      const schedule = pages.schedule(idOf(request));
      if (schedule !== null) response.json(schedule);
      else {
        const detail = `the latest sample has no pool ${quoteInput(idOf(request))}`;
        sendProblem(response, { status: 404, detail });
      }
    })
    .all(methodNotAllowed);
  router
    .route('/pools/:id/score')
    .get((request, response) => {
      response.json(pages.poolScore(idOf(request), parseScoreQuery(request.originalUrl).limit));
    })
    .all(methodNotAllowed);
  router
    .route('/pools/:id/marks')
    .get((request, response) => {
      response.json(pages.marks(parseMarksQuery(request.originalUrl, idOf(request), clock.wallMs())));
    })
    .all(methodNotAllowed);
  return router;
}
