/** `POST /api/v1/alerts/test`. */
import { json, Router, type Request } from 'express';
import { PortcastError } from '../errors.js';
import type { AlertTestRefusal, WireAlertTest } from '../wire/alert-test.js';
import { quoteInput, sendProblem } from './problem.js';
import { refuseParameters } from './query.js';

export type TestAlerts = () => Promise<WireAlertTest | AlertTestRefusal>;

const MAX_BODY = '1kb';

export function alertTestRoute(testAlerts: TestAlerts): Router {
  const router = Router();
  const route = router.route('/');
  route.post(json({ limit: MAX_BODY }), async (request, response) => {
    refuseParameters(request.originalUrl);
    refuseFields(request);
    const answer = await testAlerts();
    if (!('refused' in answer)) {
      response.json(answer);
      return;
    }
    const { status, detail, retryAfterSeconds } = answer.refused;
    const headers = retryAfterSeconds === null ? {} : { 'Retry-After': String(retryAfterSeconds) };
    sendProblem(response, { status, detail, headers });
  });
  route.all((request, response) => {
    const detail = `"/api/v1/alerts/test" does not allow ${request.method}; allowed: POST`;
    sendProblem(response, { status: 405, detail, headers: { Allow: 'POST' } });
  });
  return router;
}

/** The body is an empty object: a test has no settings. */
function refuseFields(request: Request): void {
  const body: unknown = request.body ?? {};
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    throw new PortcastError('USAGE', 'the body is not an object; allowed: {}');
  }
  const [name] = Object.keys(body);
  if (name !== undefined) throw new PortcastError('USAGE', `unknown field ${quoteInput(name)}; allowed: none`);
}
