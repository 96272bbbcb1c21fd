/** What happened to a pool, in words: the marks over its chart, and the rows of the table behind it. */
import { formatCount } from '../../../daemon/units.js';
import type { WireMarks } from '../../../daemon/wire/pool-page.js';
import type { WireOutage } from '../../../daemon/wire/outage.js';
import type { WirePool } from '../../../daemon/wire/pool.js';
import type { MarkShape } from '../chart/mark-shapes.js';
import type { Mark } from '../chart/marks.js';
import type { Span } from '../chart/span.js';
import { buildIncidentHref } from '../state/route.js';
import { capitalize, parseInstant } from './format.js';
import { describeOutage, findSpan } from './outages.js';

/** More lines than this are no picture; the table has all events. */
const MAX_DRAWN = 120;

/** A change of a limit of the host, as a history may have it. */
export interface LimitChange {
  readonly atMs: number;
  readonly text: string;
}

export interface PoolEvent {
  readonly atMs: number;
  readonly shape: MarkShape;
  /** One or two words, on the chart. */
  readonly label: string;
  /** What kind of event it is, in the table. */
  readonly kind: string;
  readonly text: string;
  readonly href: string | null;
}

interface EventSources {
  readonly outages: readonly WireOutage[];
  readonly changes: readonly LimitChange[];
  readonly marks: WireMarks | null;
  readonly kind: WirePool['kind'] | null;
  /** The instant that the address points at. */
  readonly atMs: number | null;
  readonly nowMs: number;
}

export const SHAPE_NAMES: Record<MarkShape, string> = {
  alert: 'alert',
  incident: 'incident',
  failed: 'failed connects',
  change: 'change of a limit',
  link: 'instant of the link',
};

/** Oldest first. */
export function listPoolEvents({ outages, changes, marks, kind, atMs, nowMs }: EventSources): PoolEvent[] {
  const events: PoolEvent[] = [
    ...outages.map((outage): PoolEvent => {
      const { failedConnects } = outage;
      const counted = failedConnects !== null && failedConnects > 0;
      return {
        atMs: findSpan(outage).fromMs,
        shape: 'failed',
        label: counted ? `${formatCount(failedConnects)} failed` : 'out of ports',
        kind: 'Out of ports',
        text: describeOutage(outage, kind, nowMs),
        href: null,
      };
    }),
    ...changes.map(({ atMs: changedMs, text }): PoolEvent => ({
      atMs: changedMs,
      shape: 'change',
      label: 'change',
      kind: 'Change',
      text,
      href: null,
    })),
    ...(marks?.alerts ?? []).map((alert): PoolEvent => {
      const firing = parseInstant(alert.firingAt);
      const resolved = alert.resolvedAt === null ? '' : ', resolved';
      return {
        atMs: firing ?? parseInstant(alert.pendingAt) ?? 0,
        shape: 'alert',
        label: alert.rule,
        kind: 'Alert',
        text: `${capitalize(alert.rule)}, ${alert.severity}: ${firing === null ? 'pending, did not fire' : 'fired'}${resolved}`,
        href: alert.incidentId === null ? null : buildIncidentHref(alert.incidentId),
      };
    }),
    ...(marks?.incidents ?? []).map(({ id, state, openedAt }): PoolEvent => ({
      atMs: parseInstant(openedAt) ?? 0,
      shape: 'incident',
      label: 'incident',
      kind: 'Incident',
      text: `Opened; now ${state}`,
      href: buildIncidentHref(id),
    })),
  ];
  if (atMs !== null) {
    const text = 'The instant that the address of this page points at';
    events.push({ atMs, shape: 'link', label: 'link', kind: 'Link', text, href: null });
  }
  return events.sort((a, b) => a.atMs - b.atMs);
}

/** The newest are drawn where there are very many. Alerts and incidents stand at the top, what the host did at the bottom. */
export function drawPoolEvents(events: readonly PoolEvent[]): Mark[] {
  return events.slice(-MAX_DRAWN).map(({ atMs, label, shape }) => ({
    kind: 'instant',
    atMs,
    label,
    shape,
    tone: shape === 'failed' || shape === 'alert' ? 'limit' : 'muted',
    place: shape === 'failed' || shape === 'change' ? 'bottom' : 'top',
  }));
}

export function isInSpan({ atMs }: PoolEvent, { fromMs, toMs }: Span): boolean {
  return atMs >= fromMs && atMs <= toMs;
}
