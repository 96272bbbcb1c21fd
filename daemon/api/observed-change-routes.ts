/** What changed, and what the kernel is set to: `GET /api/v1/changes` and `GET /api/v1/settings`. */
import { Router } from 'express';
import { parseChangesQuery } from './changes-query.js';
import type { ChangesData } from './data.js';
import { methodNotAllowed, quoteInput, sendProblem } from './problem.js';
import { refuseParameters } from './query.js';

export function observedChangeRoutes(data: ChangesData): Router {
  const router = Router();
  router
    .route('/changes')
    .get((request, response) => {
      const query = parseChangesQuery(request.originalUrl);
      const changes = data.changes(query);
      if (changes !== null) response.json(changes);
      else {
        const detail = `incident: there is no incident ${quoteInput(query.incidentId ?? '')}`;
        sendProblem(response, { status: 400, detail });
      }
    })
    .all(methodNotAllowed);
  router
    .route('/settings')
    .get((request, response) => {
      refuseParameters(request.originalUrl);
      const settings = data.settings();
      if (settings !== null) response.json(settings);
      else {
        const headers = { 'Retry-After': '2' };
        sendProblem(response, { status: 503, detail: 'the host has not been read yet', headers });
      }
    })
    .all(methodNotAllowed);
  return router;
}
