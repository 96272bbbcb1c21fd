/**
 * The routes under /api/v1 that change something. Each answers when the change is stored, or kept in memory and tried again
 * while the database cannot be written.
 */
import { Router, type Request, type Response } from 'express';
import type { Clock } from '../contracts.js';
import type { Incident } from '../incident/incident.js';
import type { Silence } from '../incident/silences.js';
import { incidentToWire } from '../wire/incident.js';
import { silenceToWire } from '../wire/silence.js';
import { chooseAuthor } from './access/authorize.js';
import { parseAcknowledgement, parseComment, parseSilence, readBody } from './body.js';
import type { IncidentCommands, Target } from '../incident/commands.js';
import { idOf } from './ids.js';
import { allowOnly, quoteInput, sendProblem } from './problem.js';
import { refuseParameters } from './query.js';

interface ChangeParts {
  readonly commands: IncidentCommands;
  readonly clock: Clock;
}

export function changeRoutes({ commands, clock }: ChangeParts): Router {
  const router = Router();
  for (const noun of ['incident', 'alert'] as const) {
    const targetOf = (request: Request): Target => {
      refuseParameters(request.originalUrl);
      return noun === 'incident' ? { incidentId: idOf(request) } : { alertId: idOf(request) };
    };
    router
      .route(`/${noun}s/:id/acknowledge`)
      .post(readBody, (request, response) => {
        const remark = authored(response, parseAcknowledgement(request.body));
        sendIncident(response, commands.acknowledge(targetOf(request), remark), describeMissing(noun, request));
      })
      .delete((request, response) => {
        sendIncident(response, commands.withdraw(targetOf(request)), describeMissing(noun, request));
      })
      .all(allowOnly('POST', 'DELETE'));
  }
  router
    .route('/incidents/:id/comments')
    .post(readBody, (request, response) => {
      refuseParameters(request.originalUrl);
      const remark = authored(response, parseComment(request.body));
      sendIncident(response, commands.comment(idOf(request), remark), describeMissing('incident', request), 201);
    })
    .all(allowOnly('POST'));
  const toWire = (silence: Silence) => silenceToWire(silence, clock.wallMs());
  router
    .route('/silences')
    .get((request, response) => {
      refuseParameters(request.originalUrl);
      response.json(commands.listSilences().map(toWire));
    })
    .post(readBody, (request, response) => {
      refuseParameters(request.originalUrl);
      const silence = authored(response, parseSilence(request.body, clock.wallMs()));
      response.status(201).json(toWire(commands.addSilence(silence)));
    })
    .all(allowOnly('GET', 'HEAD', 'POST'));
  router
    .route('/silences/:id')
    .delete((request, response) => {
      refuseParameters(request.originalUrl);
      const silence = commands.endSilence(idOf(request));
      if (silence !== null) response.json(toWire(silence));
      else sendProblem(response, { status: 404, detail: `there is no silence ${quoteInput(idOf(request))}` });
    })
    .all(allowOnly('DELETE'));
  return router;
}

/** Nobody can speak in the name of another user. */
function authored<T extends { readonly author: string | null }>(response: Response, given: T): T {
  return { ...given, author: chooseAuthor(response, given.author) };
}

function sendIncident(response: Response, incident: Incident | null, missing: string, status = 200): void {
  if (incident !== null) response.status(status).json(incidentToWire(incident));
  else sendProblem(response, { status: 404, detail: missing });
}

function describeMissing(noun: 'incident' | 'alert', request: Request): string {
  const id = quoteInput(idOf(request));
  return noun === 'incident' ? `there is no incident ${id}` : `there is no incident that goes on with an alert ${id}`;
}
