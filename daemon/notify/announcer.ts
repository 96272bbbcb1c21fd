/** Announces changes of alerts: each is logged, stored with the mails about it, and those mails are sent. */
import { findRemedies } from '../advice/remedies.js';
import type { PlannedMessage } from '../incident/caps.js';
import type { Decision, Incident } from '../incident/incident.js';
import type { Clock, HostReading } from '../contracts.js';
import type { AlertStore, Announcer, OutboxMessage } from '../notify-contracts.js';
import type { Log } from '../log.js';
import { createDigest, createMessage, type MessageOptions } from './message/outbox-messages.js';
import type { Outbox } from './outbox.js';

export interface AnnouncerOptions {
  readonly hostName: string;
  readonly delivery: Pick<Outbox, 'tick'>;
  /** The right side of the Message-IDs. With the domain of the sender they are unique worldwide (RFC 5322, 3.6.4). */
  readonly domain: string;
  readonly dashboardUrl: () => string;
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Everything that belongs together is stored in one transaction, before anything is sent. */
export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { delivery, store, clock, log } = options;

  const compose = (planned: PlannedMessage, known: readonly Incident[], reading: HostReading | null): OutboxMessage => {
    const lead = planned.notice?.incident.lead ?? null;
    const pool = lead?.latest ?? lead?.raised ?? null;
    const limits = reading?.limits ?? null;
    const messageOptions: MessageOptions = {
      domain: options.domain,
      context: {
        hostName: options.hostName,
        dashboardUrl: options.dashboardUrl(),
        limits,
        nowMs: clock.wallMs(),
        remedies: pool === null || limits === null ? [] : findRemedies(pool, limits),
      },
    };
    const { recipient, notice, held } = planned;
    return notice === null
      ? createDigest({ recipient, held, known }, messageOptions)
      : createMessage({ recipient, notice }, messageOptions);
  };

  return {
    announce({ changes, incidents, known, decisions, messages }, reading) {
      for (const { from, to, alert } of changes) {
        log.warn({ rule: alert.rule, pool: alert.poolId, from, to }, `alert ${to}: ${alert.summary}`);
      }
      const composed = messages.map((planned) => ({ planned, message: compose(planned, known, reading) }));
      const told = composed.map(({ planned, message }) => decideTold(planned, message));
      store.commitAlerts(
        changes,
        composed.map(({ message }) => message),
        { incidents, decisions: [...decisions, ...told] },
      );
      if (changes.length + messages.length > 0) void delivery.tick();
    },
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
