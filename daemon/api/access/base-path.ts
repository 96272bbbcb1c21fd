/** Serves everything below a path, so that a reverse proxy can have other services beside portcast. */
import type { RequestHandler } from 'express';
import { hideToken, quoteInput, sendProblem } from '../problem.js';

/**
 * Takes the base path from the front of the request target, so that every later handler works as without one. It is compared
 * as it was sent: nothing is decoded and no dots are resolved, so no other spelling reaches a route.
 * @param basePath `/`, or a path that begins and ends with a slash.
 */
export function stripBasePath(basePath: string): RequestHandler {
  const bare = basePath.slice(0, -1);
  return (request, response, next) => {
    const { url } = request;
    // The guard refuses a target that is no path, and says why.
    if (basePath === '/' || !url.startsWith('/')) {
      next();
      return;
    }
    if (url.startsWith(basePath)) {
      request.url = url.slice(bare.length);
      next();
      return;
    }
    const path = url.split('?', 1)[0] ?? '';
    if ((path === '/' || path === bare) && (request.method === 'GET' || request.method === 'HEAD')) {
      response.set('Cache-Control', 'no-store').redirect(308, basePath);
      return;
    }
    const detail = `there is nothing at ${quoteInput(hideToken(path))}; portcast is served below ${basePath} (http.basePath)`;
    sendProblem(response, { status: 404, detail });
  };
}
