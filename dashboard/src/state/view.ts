/** What the query of the address asks for: the dashboard, or one of the views without its header, for a wall or a frame. */

const VIEW_NAMES = ['wall', 'embed'] as const;
export type ViewName = (typeof VIEW_NAMES)[number];

export interface ViewRequest {
  /** Null is the dashboard. */
  readonly view: ViewName | null;
  /** What was asked for and does not exist; null where that is nothing. */
  readonly unknown: string | null;
  /** The pool of an embed. */
  readonly poolId: string | null;
}

/** @param search of the address, `?view=embed&pool=ID` */
export function parseView(search: string): ViewRequest {
  const query = new URLSearchParams(search);
  const asked = query.get('view');
  const view = VIEW_NAMES.find((name) => name === asked) ?? null;
  return { view, unknown: view === null ? asked || null : null, poolId: query.get('pool') || null };
}

/** The words about a view that does not exist. */
export function describeUnknownView(asked: string): string {
  return `There is no view "${asked.slice(0, 40)}"; there are ${VIEW_NAMES.join(' and ')}. This is the overview.`;
}
