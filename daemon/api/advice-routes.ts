/** GET /api/v1/advice and GET /api/v1/pools/:id/advice: what to do, for the host and for one pool. */
import { Router } from 'express';
import { PLATFORMS } from '../advice/context.js';
import { PROGRAM_NAMES } from '../advice/programs.js';
import type { AdviceData, AdviceQuery } from './advice-data.js';
import { idOf } from './ids.js';
import { methodNotAllowed, quoteInput, sendProblem } from './problem.js';
import { readParameters, usageError } from './query.js';

export function adviceRoutes(advice: AdviceData): Router {
  const router = Router();
  router
    .route('/advice')
    .get((request, response) => {
      const document = advice.host(parseAdviceQuery(request.originalUrl));
      if (document !== null) response.json(document);
      else
        sendProblem(response, { status: 503, detail: 'no sample has been taken yet', headers: { 'Retry-After': '2' } });
    })
    .all(methodNotAllowed);
  router
    .route('/pools/:id/advice')
    .get((request, response) => {
      const id = idOf(request);
      const document = advice.pool(id, parseAdviceQuery(request.originalUrl));
      if (document !== null) response.json(document);
      else sendProblem(response, { status: 404, detail: `there is no pool ${quoteInput(id)} in the latest sample` });
    })
    .all(methodNotAllowed);
  return router;
}

/** @throws PortcastError USAGE */
function parseAdviceQuery(url: string): AdviceQuery {
  const given = readParameters(url, ['program', 'platform']);
  return {
    program: readChoice(given, 'program', PROGRAM_NAMES),
    platform: readChoice(given, 'platform', PLATFORMS),
  };
}

/** Null where the parameter is not given. */
function readChoice<T extends string>(
  given: ReadonlyMap<string, string>,
  name: string,
  choices: readonly T[],
): T | null {
  const text = given.get(name);
  if (text === undefined) return null;
  const found = choices.find((choice) => choice === text);
  if (found === undefined) throw usageError(`${name} is ${quoteInput(text)}; allowed: ${choices.join(', ')}`);
  return found;
}
