/** Hash routes: the page is one, its sections and the detail panel have addresses. */

export const SECTIONS = ['pools', 'alerts', 'ports', 'host'] as const;
export type Section = (typeof SECTIONS)[number];

export type Route =
  | { readonly view: 'overview'; readonly section: Section | null }
  | { readonly view: 'pool' | 'port'; readonly id: string };

/** `#/pool/<id>`, `#/port/<id>`, `#/<section>`; anything else is the top of the page. */
export function parseRoute(hash: string): Route {
  const [view, rawId] = hash.replace(/^#\/?/, '').split('/', 2);
  if ((view === 'pool' || view === 'port') && rawId !== undefined && rawId !== '') {
    const id = decodeId(rawId);
    return id === null ? { view: 'overview', section: null } : { view, id };
  }
  return { view: 'overview', section: SECTIONS.find((section) => section === view) ?? null };
}

export function poolHref(id: string): string {
  return `#/pool/${encodeURIComponent(id)}`;
}

export function portHref(id: string): string {
  return `#/port/${encodeURIComponent(id)}`;
}

function decodeId(raw: string): string | null {
  try {
    return decodeURIComponent(raw);
  } catch {
    return null;
  }
}
