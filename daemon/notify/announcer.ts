/** What becomes of a changed alert: a line in the log, a row in the store, and the mails that it promises. */
import { findRemedies } from '../advice/remedies.js';
import type { AlertChange } from '../alert/alert.js';
import type { AlertStore, Announcer, Clock, HostReading, OutboxMessage } from '../contracts.js';
import type { Log } from '../log.js';
import { createMessages } from './message/outbox-messages.js';
import type { Outbox } from './outbox.js';

export interface AnnouncerOptions {
  readonly hostName: string;
  /** Null when no SMTP server is configured: alerts are then shown and logged only. */
  readonly mail: { readonly outbox: Outbox; readonly from: string; readonly to: readonly string[] } | null;
  readonly dashboardUrl: () => string;
  readonly store: AlertStore;
  readonly clock: Clock;
  readonly log: Log;
}

/** Alerts and the messages they promise are stored in one transaction, before anything is sent. */
export function createAnnouncer(options: AnnouncerOptions): Announcer {
  const { mail, store, clock, log } = options;

  const messages = (change: AlertChange, reading: HostReading | null): OutboxMessage[] => {
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
    // The domain of the sender makes the Message-ID unique in the world.
    return createMessages(change, { recipients: mail.to, domain: mail.from.replace(/^.*@/, ''), context });
  };

  return {
    announce(changes, reading) {
      for (const { from, to, alert } of changes) {
        log.warn({ rule: alert.rule, pool: alert.poolId, from, to }, `alert ${to}: ${alert.summary}`);
      }
      store.commitAlerts(
        changes,
        changes.flatMap((change) => messages(change, reading)),
      );
      void mail?.outbox.tick();
    },
  };
}
