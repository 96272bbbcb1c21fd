/** Which pages may show the embed view in a frame. Every other answer may be framed by nobody. */
import type { RequestHandler } from 'express';

const NOBODY = "frame-ancestors 'none'";

/** @param origins of the pages that may; they have been checked to contain nothing but a scheme, a host and a port. */
export function allowEmbedding(origins: readonly string[]): RequestHandler {
  return (request, response, next) => {
    const policy = response.getHeader('Content-Security-Policy');
    if (origins.length > 0 && isEmbed(request.path, request.originalUrl) && typeof policy === 'string') {
      response.setHeader('Content-Security-Policy', policy.replace(NOBODY, `frame-ancestors ${origins.join(' ')}`));
      // It cannot name origins, and browsers that know frame-ancestors ignore it.
      response.removeHeader('X-Frame-Options');
    }
    next();
  };
}

/** The page reads its query in the same way, so that only what has no buttons can be in a frame. */
function isEmbed(path: string, target: string): boolean {
  return path === '/' && new URL(target, 'http://localhost').searchParams.get('view') === 'embed';
}
