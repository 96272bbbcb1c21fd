/** `POST /api/v1/alerts/test`. */
import { Router } from 'express';
import type { AlertTestRefusal, WireAlertTest } from '../wire/alert-test.js';
import { readBody, refuseFields } from './body.js';
import { allowOnly, sendProblem } from './problem.js';
import { refuseParameters } from './query.js';

export type TestAlerts = () => Promise<WireAlertTest | AlertTestRefusal>;

export function alertTestRoute(testAlerts: TestAlerts): Router {
  const router = Router();
  const route = router.route('/');
  route.post(readBody, async (request, response) => {
    refuseParameters(request.originalUrl);
    refuseFields(request.body);
    const answer = await testAlerts();
    if (!('refused' in answer)) {
      response.json(answer);
      return;
    }
    const { status, detail, retryAfterSeconds } = answer.refused;
    const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) };
    sendProblem(response, { status, detail, headers });
  });
  route.all(allowOnly('POST'));
  return router;
}
