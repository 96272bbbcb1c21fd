import type { Request } from 'express';

/** The id in the path of a route with `:id`. */
export function idOf(request: Request): string {
  const { id } = request.params;
  return typeof id === 'string' ? id : '';
}
