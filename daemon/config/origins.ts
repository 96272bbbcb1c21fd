/** Origins of web pages: a scheme, a host and, where it is not the usual one, a port. */
import { accept, refuse, type Parsed } from '../quantities.js';

const MOST = 20;
const ORIGIN = /^https?:\/\/(?:\[[0-9a-f:.]+\]|[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?)(?::\d{1,5})?$/;

/** A browser sends an origin in this form, so another spelling would never match. */
export function parseOrigins(value: unknown): Parsed<string[]> {
  const allowed = `a list of at most ${MOST} origins such as [https://wiki.example.org], in lower case, without a path, a wildcard and a usual port`;
  if (!Array.isArray(value) || value.length > MOST) return refuse(allowed);
  const origins = value as unknown[];
  return origins.every(isOrigin) ? accept([...new Set(origins)]) : refuse(allowed);
}

function isOrigin(value: unknown): value is string {
  return typeof value === 'string' && ORIGIN.test(value) && URL.canParse(value) && new URL(value).origin === value;
}
