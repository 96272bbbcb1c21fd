/** The part of app.ts that connects what is told: the incidents, the announcer and the channels. */
import type { Config } from './config/config.js';
import { SYSTEM_CLOCK } from './clock.js';
import type { Clock, HealthSink } from './contracts.js';
import { formatEndpoint } from './host/endpoint.js';
import { CAP_MEMORY_MS } from './incident/caps.js';
import type { Mute } from './incident/mutes.js';
import type { ChannelName } from './incident/recipients.js';
import { createIncidentTracker, type IncidentTracker } from './incident/tracker.js';
import type { Log } from './log.js';
import { createAnnouncer, type AnnouncerOptions } from './notify/announcer.js';
import { openChannels } from './notify/channels.js';
import { NO_STORE } from './notify/connect/address-book.js';
import { createChannelWatch, type ChannelWatch } from './notify/connect/channel-watch.js';
import { createConnections, type Connections } from './notify/connect/connections.js';
import { createDelivery } from './notify/delivery.js';
import type { Outbox } from './notify/outbox.js';
import type { AddressStore, Announcer, Channel } from './notify-contracts.js';
import { readCurrentPortLimits } from './source/port-limits.js';
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

/** The outboxes of all channels, and what is known of how the channels deliver. */
interface Delivery {
  readonly delivery: Outbox;
  readonly watch: ChannelWatch;
}

export function openDelivery(parts: Parts, onStop: (cleanup: () => void | Promise<void>) => void): Delivery {
  const { config, store, clock, log } = parts;
  const connections = openConnections(config, store);
  const watch = createChannelWatch({ ...parts, connections, random: Math.random });
  const channels = new Map<ChannelName, Channel>();
  for (const [name, channel] of openChannels({ mail: config.mail.smtp }, connections)) {
    channels.set(name, watch.add(name, channel, store.outboxSummary(name).lastSentAtMs));
  }
  if (channels.size === 0) {
    log.warn('no SMTP server is configured (mail.smtp): alerts are shown on the dashboard and logged, not mailed');
  }
  for (const channel of channels.values()) onStop(() => channel.close());
  const delivery = createDelivery({ ...parts, channels, timeZone: config.host.timeZone, random: Math.random });
  onStop(() => delivery.drain(clock.monotonicMs() + DRAIN_MS));
  return { delivery, watch };
}

/** The connections of the daemon, and of `alert test`, which stores no addresses. */
export function openConnections({ delivery }: Pick<Config, 'delivery'>, store: AddressStore = NO_STORE): Connections {
  const readLimits = readCurrentPortLimits;
  return createConnections({ ...delivery, readLimits, store, clock: SYSTEM_CLOCK, random: Math.random });
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
