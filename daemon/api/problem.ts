/** Error answers as application/problem+json (RFC 9457). */
import { STATUS_CODES } from 'node:http';
import type { ErrorRequestHandler, Request, RequestHandler, Response } from 'express';
import { PortcastError, messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { WireProblemDetails } from '../wire/problem.js';

const MAX_QUOTED_LENGTH = 80;

export interface Problem {
  readonly status: number;
  readonly detail: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends the problem. With type `about:blank` the title is the phrase of the HTTP status (RFC 9457, section 4.2.1). */
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

/** Answers requests that match no route. */
export const notFound: RequestHandler = (request, response) => {
  sendProblem(response, { status: 404, detail: `there is nothing at ${quoteInput(pathOf(request))}` });
};

/** Answers a request whose path exists, but not with this method. */
export function allowOnly(...methods: readonly string[]): RequestHandler {
  const allowed = methods.join(', ');
  return (request, response) => {
    sendProblem(response, {
      status: 405,
      detail: `${quoteInput(pathOf(request))} does not allow ${request.method}; allowed: ${allowed}`,
      headers: { Allow: allowed },
    });
  };
}

export const methodNotAllowed: RequestHandler = allowOnly('GET', 'HEAD');

/** The last handler: turns an error into a problem. The cause of a 5xx answer goes to the log only. */
export function problemHandler(log: Log): ErrorRequestHandler {
  return (error: unknown, request: Request, response: Response, next) => {
    const problem = problemOfError(error);
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
    // A part of the answer has been sent: only a broken connection can show the client that it is incomplete.
    response.destroy();
    next();
  };
}

/** Only messages written for users are sent. Any other error becomes a 500 without its message. */
function problemOfError(error: unknown): Problem {
  if (error instanceof PortcastError && error.code === 'USAGE') return { status: 400, detail: error.message };
  if (error instanceof PortcastError && error.code === 'CONFLICT') return { status: 409, detail: error.message };
  if (error instanceof PortcastError && error.retryable) {
    return { status: 503, detail: error.message, headers: { 'Retry-After': '2' } };
  }
  const status = clientErrorStatus(error);
  if (status !== null) return { status, detail: messageOf(error) };
  return { status: 500, detail: 'portcast failed to answer; see its log for the reason' };
}

/** Quotes input in an error text: JSON-escaped, so that control characters are visible, and cut to 80 characters. */
export function quoteInput(text: string): string {
  return JSON.stringify(cutInput(text));
}

/** The first 80 characters of input. */
export function cutInput(text: string): string {
  return text.length > MAX_QUOTED_LENGTH ? `${text.slice(0, MAX_QUOTED_LENGTH)}...` : text;
}

/** The whole path of the request: a router removes its own prefix from `request.path`. */
function pathOf(request: Request): string {
  return hideToken(request.originalUrl.split('?', 1)[0] ?? '');
}

/** A path or URL without the token of a link in a message: whoever reads it in a log or an error could use the link. */
export function hideToken(target: string): string {
  return target.replace(/\/act\/.*/is, '/act/...');
}

/** The 4xx status of an error of express itself (a malformed escape, an impossible range), or null. */
function clientErrorStatus(error: unknown): number | null {
  if (!(error instanceof Error) || !('status' in error)) return null;
  const { status } = error;
  return typeof status === 'number' && status >= 400 && status < 500 ? status : null;
}
