/**
 * `/act/TOKEN`, the page of a link in a message. Mail gateways follow every link, so reading it changes nothing, however often;
 * only its form does.
 */
import { Router, type Request, type Response } from 'express';
import type { Clock } from '../contracts.js';
import { PortcastError } from '../errors.js';
import type { IncidentCommands, LinkView } from '../incident/commands.js';
import { PAGE_POLICY, renderLinkFailure, renderLinkPage, type LinkPage } from './link-page.js';
import { allowOnly } from './problem.js';

interface LinkParts {
  readonly commands: IncidentCommands;
  readonly clock: Clock;
  /** Empty while it is not known. */
  readonly hostName: () => string;
}

/** To be mounted at `/act`. Nothing below it reaches another route, so no other route sees a token. */
export function linkRoutes({ commands, clock, hostName }: LinkParts): Router {
  const router = Router();
  const show = (response: Response, find: () => LinkView | null): void => {
    const context = { hostName: hostName(), nowMs: clock.wallMs() };
    sendPage(
      response,
      renderOrExplain(() => renderLinkPage(find(), context)),
    );
  };
  router
    .route(/.*/)
    .get((request, response) => show(response, () => commands.findLink(tokenOf(request))))
    .post((request, response) => show(response, () => commands.useLink(tokenOf(request))))
    .all(allowOnly('GET', 'HEAD', 'POST'));
  return router;
}

/** The path as it was sent: a token has no character that would have to be decoded. */
function tokenOf({ path }: Request): string {
  return path.replace(/^\//, '');
}

function renderOrExplain(render: () => LinkPage): LinkPage {
  try {
    return render();
  } catch (error) {
    if (!(error instanceof PortcastError)) throw error;
    if (error.code === 'CONFLICT') return renderLinkFailure(409, error.message);
    return renderLinkFailure(503, 'the database of portcast cannot be used at the moment');
  }
}

function sendPage(response: Response, { status, html }: LinkPage): void {
  response
    .status(status)
    .set({
      'Cache-Control': 'no-store',
      'Content-Security-Policy': PAGE_POLICY,
      // Without an origin the browser would send its form with `Origin: null`. The path, which holds the token, is never sent.
      'Referrer-Policy': 'strict-origin',
    })
    .type('html')
    .send(html);
}
