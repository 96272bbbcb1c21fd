/** Strict parsers of the query strings of the pages, as in query.ts. */
import { LAST_PORT } from '../host/kernel-constants.js';
import { MAX_ENDS } from '../snapshot/port-ends.js';
import { DAY_MS } from '../units.js';
import type { MarksQuery } from './page-data.js';
import { readParameters, readSpan, readWholeNumber, usageError } from './query.js';

const DEFAULT_MARKS = 200;
const MAX_MARKS = 500;
const DEFAULT_ENDS = 20;
const DEFAULT_PORTS = 100;
const MAX_PORTS = 200;

/**
 * `from` and `to` are epoch ms; `to` defaults to `nowMs` and `from` to a day before `to`.
 * @throws PortcastError USAGE
 */
export function parseMarksQuery(url: string, poolId: string, nowMs: number): MarksQuery {
  const given = readParameters(url, ['from', 'to', 'limit']);
  const limit = readWholeNumber(given, { name: 'limit', min: 1, max: MAX_MARKS }) ?? DEFAULT_MARKS;
  return { poolId, ...readSpan(given, nowMs, DAY_MS), limit };
}

/** @throws PortcastError USAGE */
export function parseEndsQuery(url: string): { limit: number } {
  const given = readParameters(url, ['limit']);
  return { limit: readWholeNumber(given, { name: 'limit', min: 1, max: MAX_ENDS }) ?? DEFAULT_ENDS };
}

/**
 * A null port stands for every port; `limit` is for one port only.
 * @throws PortcastError USAGE
 */
export function parsePortsQuery(url: string): { port: number | null; limit: number } {
  const given = readParameters(url, ['port', 'limit']);
  const port = readWholeNumber(given, { name: 'port', min: 0, max: LAST_PORT });
  const limit = readWholeNumber(given, { name: 'limit', min: 1, max: MAX_PORTS });
  if (port === null && limit !== null)
    throw usageError('limit is given without port; give it as in port=8080&limit=100');
  return { port, limit: limit ?? DEFAULT_PORTS };
}
