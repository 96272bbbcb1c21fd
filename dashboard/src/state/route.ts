/** Hash routes: the sections of the overview, the two history pages, and the pages of incidents have addresses. */

export const SECTIONS = ['pools', 'alerts', 'ports', 'host'] as const;
export type Section = (typeof SECTIONS)[number];

export type Route =
  | { readonly view: 'overview'; readonly section: Section | null }
  | { readonly view: 'pool' | 'port' | 'incident'; readonly id: string }
  | { readonly view: 'incidents' };

export const OVERVIEW_HREF = '#/';
export const INCIDENTS_HREF = '#/incidents';
const OVERVIEW: Route = { view: 'overview', section: null };

/**
 * Reads `#/pool/<id>`, `#/port/<id>`, `#/incidents`, `#/incidents/<id>` and `#/<section>`. Anything else is the top of the
 * overview.
 */
export function parseRoute(hash: string): Route {
  const [view, rawId] = hash.replace(/^#\/?/, '').split('/', 2);
  if (view === 'incidents') {
    const id = decodeId(rawId ?? '') ?? '';
    return id === '' ? { view: 'incidents' } : { view: 'incident', id };
  }
  if ((view === 'pool' || view === 'port') && rawId !== undefined && rawId !== '') {
    const id = decodeId(rawId);
    return id === null ? OVERVIEW : { view, id };
  }
  return { view: 'overview', section: SECTIONS.find((section) => section === view) ?? null };
}

export function buildPoolHref(id: string): string {
  return `#/pool/${encodeURIComponent(id)}`;
}

export function buildPortHref(id: string): string {
  return `#/port/${encodeURIComponent(id)}`;
}

export function buildIncidentHref(id: string): string {
  return `#/incidents/${encodeURIComponent(id)}`;
}

/** Null where a percent sign does not begin an escape sequence of UTF-8. */
function decodeId(raw: string): string | null {
  try {
    return decodeURIComponent(raw);
  } catch {
    return null;
  }
}
