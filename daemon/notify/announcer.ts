/** Announces changes of alerts: each is logged, stored with the mails about it, and those mails are sent. */
import { NO_CONTEXT } from '../advice/context.js';
import { findRemedies } from '../advice/remedies.js';
import type { PlannedMessage } from '../incident/caps.js';
import { messageOf } from '../errors.js';
import type { Decision, Incident, Notice } from '../incident/incident.js';
import type { Clock, HistoryStore, HostReading } from '../contracts.js';
import type { ActionUrls, AlertStore, Announcer, IssuedLinks, OutboxMessage } from '../notify-contracts.js';
import type { Log } from '../log.js';
import { orderMessages, type DeliveryOrder } from './failover.js';
import { createDigest, createMessage, type MessageOptions } from './message/outbox-messages.js';
import { drawPicture } from './message/picture/picture.js';
import type { Outbox } from './outbox.js';

export interface AnnouncerOptions {
  readonly hostName: string;
  readonly delivery: Pick<Outbox, 'tick'>;
  /** Absent: every channel is used. */
  readonly order?: DeliveryOrder;
  /** The right side of the Message-IDs. With the domain of the sender they are unique worldwide (RFC 5322, 3.6.4). */
  readonly domain: string;
  readonly dashboardUrl: () => string;
  /** The zone of the times in messages; absent: UTC. */
  readonly timeZone?: string;
  /** Makes the links of one message by which its reader does something; absent or null where messages have none. */
  readonly issueLinks?: ((message: { incidentId: string; recipient: string; nowMs: number }) => IssuedLinks) | null;
  /** The ports of the host that have a LISTEN socket; absent or null where they are not known. */
  readonly listListeners?: () => ArrayLike<number> | null;
  /** The history of the pools is for the pictures; a store without one gives pictures of the forecast alone. */
  readonly store: AlertStore & Partial<Pick<HistoryStore, 'poolHistory'>>;
  readonly clock: Clock;
  readonly log: Log;
}

export interface ComposingAnnouncer extends Announcer {
  /** The message as it would be stored, without links that do something. */
  compose(planned: PlannedMessage, known: readonly Incident[], reading: HostReading | null): OutboxMessage;
}

/** Everything that belongs together is stored in one transaction, before anything is sent. */
export function createAnnouncer(options: AnnouncerOptions): ComposingAnnouncer {
  const { delivery, store, clock, log } = options;

  const draw = createPictures(options);

  /** Of what is over there is nothing to acknowledge. */
  const issue = ({ notice, recipient }: PlannedMessage): IssuedLinks | null =>
    notice === null || notice.kind === 'resolved'
      ? null
      : (options.issueLinks?.({ incidentId: notice.incident.id, recipient, nowMs: clock.wallMs() }) ?? null);

  const compose = (
    planned: PlannedMessage,
    { known, reading, links }: { known: readonly Incident[]; reading: HostReading | null; links: ActionUrls | null },
  ): OutboxMessage => {
    const lead = planned.notice?.incident.lead ?? null;
    const pool = lead?.latest ?? lead?.raised ?? null;
    const limits = reading?.limits ?? null;
    const owners = lead?.owners.processes ?? [];
    const listeners = options.listListeners?.() ?? null;
    const messageOptions: MessageOptions = {
      domain: options.domain,
      context: {
        hostName: options.hostName,
        dashboardUrl: options.dashboardUrl(),
        limits,
        nowMs: clock.wallMs(),
        remedies:
          pool === null || limits === null ? [] : findRemedies(pool, limits, { ...NO_CONTEXT, owners, listeners }),
        ...(options.timeZone === undefined ? {} : { timeZone: options.timeZone }),
        picture: planned.notice === null ? null : draw(planned.notice),
        ...(links === null ? {} : { links }),
      },
    };
    const { recipient, notice, held } = planned;
    return notice === null
      ? createDigest({ recipient, held, known }, messageOptions)
      : createMessage({ recipient, notice }, messageOptions);
  };

  return {
    compose: (planned, known, reading) => compose(planned, { known, reading, links: null }),
    announce({ changes, incidents, known, decisions, messages }, reading) {
      for (const { from, to, alert } of changes) {
        log.warn({ rule: alert.rule, pool: alert.poolId, from, to }, `alert ${to}: ${alert.summary}`);
      }
      const plain = messages.map((planned) => {
        const links = issue(planned);
        return { planned, links, message: compose(planned, { known, reading, links }) };
      });
      const composed = options.order === undefined ? plain : orderMessages(plain, options.order);
      const told = composed.map(({ planned, message }) => decideTold(planned, message));
      store.commitAlerts(
        changes,
        composed.map(({ message }) => message),
        { incidents, decisions: [...decisions, ...told], tokens: composed.flatMap(({ links }) => links?.tokens ?? []) },
      );
      if (changes.length + messages.length > 0) void delivery.tick();
    },
  };
}

/** The pictures of the notices: each is drawn once for all of its recipients. A picture that fails delays no message. */
function createPictures({ clock, timeZone, store, log }: AnnouncerOptions): (notice: Notice) => string | null {
  const drawn = new WeakMap<Notice, { readonly svg: string | null }>();
  const draw = (notice: Notice): string | null => {
    try {
      return drawPicture(notice, {
        nowMs: clock.wallMs(),
        ...(timeZone === undefined ? {} : { timeZone }),
        readHistory: (query) => store.poolHistory?.(query) ?? null,
      });
    } catch (error) {
      log.warn({ err: error }, `a message has no picture: ${messageOf(error)}`);
      return null;
    }
  };
  return (notice) => {
    const known = drawn.get(notice) ?? { svg: draw(notice) };
    drawn.set(notice, known);
    return known.svg;
  };
}

function decideTold({ notice, recipient }: PlannedMessage, { messageId, createdAtMs }: OutboxMessage): Decision {
  const kind = notice?.kind ?? 'digest';
  return {
    atMs: createdAtMs,
    incidentId: notice?.incident.id ?? null,
    alertId: notice?.incident.lead.id ?? null,
    kind,
    told: true,
    reason: kind,
    by: null,
    recipient,
    messageId,
  };
}
