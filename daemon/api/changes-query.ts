/** Strict parser of the query of `GET /api/v1/changes`. */
import type { ChangesRequest } from './data.js';
import { quoteInput } from './problem.js';
import { readParameters, readWholeNumber, usageError } from './query.js';

const DEFAULT_CHANGES = 50;
const MAX_CHANGES = 500;
/** Longer than any id that portcast gives. */
const MAX_ID_LENGTH = 300;

/**
 * `limit` is 1 to 500; `pool` and `incident` are ids.
 * @throws PortcastError USAGE
 */
export function parseChangesQuery(url: string): ChangesRequest {
  const given = readParameters(url, ['limit', 'pool', 'incident']);
  return {
    limit: readWholeNumber(given, { name: 'limit', min: 1, max: MAX_CHANGES }) ?? DEFAULT_CHANGES,
    poolId: readId(given, 'pool'),
    incidentId: readId(given, 'incident'),
  };
}

function readId(given: ReadonlyMap<string, string>, name: string): string | null {
  const id = given.get(name);
  if (id === undefined) return null;
  if (id !== '' && id.length <= MAX_ID_LENGTH && !/[\s\0]/.test(id)) return id;
  throw usageError(`${name} is ${quoteInput(id)}; allowed: an id without blanks, at most ${MAX_ID_LENGTH} characters`);
}
