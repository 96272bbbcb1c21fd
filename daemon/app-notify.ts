/** The part of app.ts that connects what is told: the incidents, the announcer and the channels. */
import type { Config } from './config/config.js';
import type { Clock, HealthSink } from './contracts.js';
import { formatEndpoint } from './host/endpoint.js';
import { CAP_MEMORY_MS } from './incident/caps.js';
import type { Mute } from './incident/mutes.js';
import { createIncidentTracker, type IncidentTracker } from './incident/tracker.js';
import type { Log } from './log.js';
import { createAnnouncer, type AnnouncerOptions } from './notify/announcer.js';
import { openChannels } from './notify/channels.js';
import { createDelivery } from './notify/delivery.js';
import type { Outbox } from './notify/outbox.js';
import type { Announcer } from './notify-contracts.js';
import type { Store } from './store/store.js';
import { SECOND_MS } from './units.js';

/** How long a stop waits for mail that is due. What is not sent stays in the outbox. */
const DRAIN_MS = 2 * SECOND_MS;

interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
}

export function openDelivery(parts: Parts, onStop: (cleanup: () => void | Promise<void>) => void): Outbox {
  const { config, clock, log } = parts;
  const channels = openChannels({ mail: config.mail.smtp });
  if (channels.size === 0) {
    log.warn('no SMTP server is configured (mail.smtp): alerts are shown on the dashboard and logged, not mailed');
  }
  for (const channel of channels.values()) onStop(() => channel.close());
  const delivery = createDelivery({ ...parts, channels, timeZone: config.host.timeZone, random: Math.random });
  onStop(() => delivery.drain(clock.monotonicMs() + DRAIN_MS));
  return delivery;
}

/** Empty when no SMTP server is configured: alerts are then shown and logged only. */
export function listMailRecipients({ mail }: Config): readonly string[] {
  return mail.smtp === null ? [] : mail.to;
}

/** @param listMutes the silences and maintenance windows that are in force at an instant. */
export function createDaemonIncidents(
  { config, store, clock }: Parts,
  listMutes: (nowMs: number) => readonly Mute[],
): IncidentTracker {
  const nowMs = clock.wallMs();
  return createIncidentTracker({
    incidents: store.loadIncidents(),
    decisions: store.loadDecisions(nowMs - CAP_MEMORY_MS),
    settings: config.incidents,
    findRecipients: () => listMailRecipients(config),
    startedAtMs: nowMs,
    listMutes,
  });
}

/** @param apiUrl null before the API has started. */
export function createDaemonAnnouncer(
  parts: Parts & { readonly delivery: Outbox } & Pick<AnnouncerOptions, 'issueLinks'>,
  apiUrl: () => string | null,
): Announcer {
  const { host, http, mail } = parts.config;
  const dashboardUrl = (): string =>
    mail.dashboardUrl ?? apiUrl() ?? `http://${formatEndpoint(http.address, http.port)}`;
  const domain = (mail.smtp?.from.address ?? '').replace(/^.*@/, '');
  return createAnnouncer({ ...parts, hostName: host.name, timeZone: host.timeZone, domain, dashboardUrl });
}
