/** Errors as application/problem+json (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { PortcastError, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { WireProblemDetails } from '../wire/problem.js';

export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** With `about:blank` the title is the phrase of the HTTP status (RFC 9457, section 4.2.1). */
export function sendProblem(response: Response, problem: Problem): void {
  const body: WireProblemDetails = {
    type: 'about:blank',
    title: STATUS_CODES[problem.status] ?? 'Error',
    status: problem.status,
    detail: problem.detail,
  };
  response
    .status(problem.status)
    .set({ 'Cache-Control': 'no-store', ...problem.headers })
    .type('application/problem+json')
    .send(JSON.stringify(body));
}

/** Answers what no route took. */
export const notFound: RequestHandler = (request, response) => {
  sendProblem(response, { status: 404, detail: `nothing is at ${quoteInput(pathOf(request))}` });
};

/** Answers a known path asked with a method it does not have. */
export const methodNotAllowed: RequestHandler = (request, response) => {
  sendProblem(response, {
    status: 405,
    detail: `${quoteInput(pathOf(request))} does not take ${request.method}; it takes GET and HEAD`,
    headers: { Allow: 'GET, HEAD' },
  });
};

/** The last handler: an error becomes a problem, and what only the operator may see goes to the log. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, next) => {
    const problem = judgeError(error);
    if (problem.status >= 500) {
      log.error(
        { err: error, method: request.method, path: pathOf(request), status: problem.status },
        'request failed',
      );
    }
    if (!response.headersSent) {
      sendProblem(response, problem);
      return;
    }
    // Half an answer cannot be taken back: cutting the connection is the only way left to say that it is not whole.
    response.destroy();
    next();
  };
}

/** Which problem an error is. Only messages written for users leave the daemon; anything else is a bare 500. */
function judgeError(error: unknown): Problem {
  if (error instanceof PortcastError && error.code === 'USAGE') return { status: 400, detail: error.message };
  if (error instanceof PortcastError && error.retryable) {
    return { status: 503, detail: error.message, headers: { 'Retry-After': '2' } };
  }
  const status = clientErrorStatus(error);
  if (status !== null) return { status, detail: messageOf(error) };
  return { status: 500, detail: 'portcast failed to answer; its log says why' };
}

/** Input as it is quoted back: JSON-escaped, so control characters show, and never longer than a line. */
export function quoteInput(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}...` : text);
}

/** The path as it was asked for: a router strips its own part from `request.path`. */
function pathOf(request: Request): string {
  return request.originalUrl.split('?', 1)[0] ?? '';
}

/** The 4xx status that express and its parts put on their own errors (malformed escapes, impossible ranges). */
function clientErrorStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
