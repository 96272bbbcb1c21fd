/** Hash routes: the sections of the overview, and the pages. A page may have the id of what it shows, and parameters. */

export const SECTIONS = ['pools', 'alerts', 'ports', 'host'] as const;
export type Section = (typeof SECTIONS)[number];

/** The first part of the address of each page; pages/page-list.ts has the same names with their code. */
const PAGE_NAMES = ['pool', 'port', 'incidents', 'what-if', 'settings', 'login'] as const;
export type PageName = (typeof PAGE_NAMES)[number];

/** `params` is what follows a question mark in the hash, without the mark. */
export interface PageRoute {
  readonly view: PageName;
  readonly id: string | null;
  readonly params: string;
}
export type Route = { readonly view: 'overview'; readonly section: Section | null } | PageRoute;

export const OVERVIEW_HREF = '#/';
export const INCIDENTS_HREF = '#/incidents';
export const WHAT_IF_HREF = '#/what-if';
export const SETTINGS_HREF = '#/settings';
/** Pages that show one thing each, so they need its id. */
const NEEDS_ID: readonly PageName[] = ['pool'];
const OVERVIEW: Route = { view: 'overview', section: null };

/** Reads `#/<page>`, `#/<page>/<id>`, each with `?<params>`, and `#/<section>`. Anything else is the top of the overview. */
export function parseRoute(hash: string): Route {
  const [path = '', params = ''] = splitOnce(hash.replace(/^#\/?/, ''), '?');
  const [name = '', rawId = ''] = path.split('/', 2);
  const view = PAGE_NAMES.find((page) => page === name);
  if (view === undefined) return { view: 'overview', section: SECTIONS.find((section) => section === name) ?? null };
  const id = decodeId(rawId);
  return id === null && NEEDS_ID.includes(view) ? OVERVIEW : { view, id, params };
}

export function buildPoolHref(id: string): string {
  return buildPageHref('pool', id);
}

export function buildPortHref(id: string): string {
  return buildPageHref('port', id);
}

/** The search for the series of a port number. */
export function buildFindHref(port: string): string {
  return `#/port?find=${encodeURIComponent(port)}`;
}

export function buildIncidentHref(id: string): string {
  return buildPageHref('incidents', id);
}

/** What if, for one pool or one incident. */
export function buildWhatIfHref(kind: 'pool' | 'incident', id: string): string {
  return `${WHAT_IF_HREF}?${new URLSearchParams({ [kind]: id }).toString()}`;
}

/** The login page, which leads to a hash of this page afterwards. */
export function buildLoginHref(hash: string): string {
  return hash.startsWith('#/login') || hash.length < 3 ? '#/login' : `#/login?to=${encodeURIComponent(hash)}`;
}

/** Only a hash of this page: a link to the login page must not lead anywhere else. */
export function readLoginTarget(params: string): string {
  const to = new URLSearchParams(params).get('to') ?? '';
  return to.startsWith('#/') && !to.startsWith('#/login') ? to : OVERVIEW_HREF;
}

function buildPageHref(page: PageName, id: string): string {
  return `#/${page}/${encodeURIComponent(id)}`;
}

function splitOnce(text: string, mark: string): string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + 1)];
}

/** Null where there is none, or a percent sign does not begin an escape sequence of UTF-8. */
function decodeId(raw: string): string | null {
  try {
    return decodeURIComponent(raw) || null;
  } catch {
    return null;
  }
}
