/** Announces changes of alerts: each is logged, stored with the mails about it, and those mails are sent. */
import { findRemedies } from '../advice/remedies.js';
import type { AlertChange } from '../alert/alert.js';
import type { AlertStore, Announcer, Clock, HostReading, OutboxMessage } from '../contracts.js';
import type { Log } from '../log.js';
import { createMessages } from './message/outbox-messages.js';
import type { Outbox } from './outbox.js';

export interface AnnouncerOptions {
  readonly hostName: string;
  /** Null when no SMTP server is configured: alerts are then only shown and logged. */
  readonly mail: { readonly outbox: Outbox; readonly from: string; readonly to: readonly string[] } | null;
  readonly dashboardUrl: () => string;
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** The changes and the mails about them are stored in one transaction, before anything is sent. */
export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { mail, store, clock, log } = options;

  const composeMessages = (change: AlertChange, reading: HostReading | null): OutboxMessage[] => {
    if (mail === null) return [];
    const pool = change.alert.latest ?? change.alert.raised;
    const limits = reading?.limits ?? null;
    const context = {
      hostName: options.hostName,
      dashboardUrl: options.dashboardUrl(),
      limits,
      nowMs: clock.wallMs(),
      remedies: pool === null || limits === null ? [] : findRemedies(pool, limits),
    };
    // With the domain of the sender the Message-ID is unique worldwide (RFC 5322, 3.6.4).
    return createMessages(change, { recipients: mail.to, domain: mail.from.replace(/^.*@/, ''), context });
  };

  return {
    announce(changes, reading) {
      for (const { from, to, alert } of changes) {
        log.warn({ rule: alert.rule, pool: alert.poolId, from, to }, `alert ${to}: ${alert.summary}`);
      }
      store.commitAlerts(
        changes,
        changes.flatMap((change) => composeMessages(change, reading)),
      );
      void mail?.outbox.tick();
    },
  };
}
