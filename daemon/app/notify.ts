/** The part of app.ts that connects what is told: the incidents, the announcer and the channels. */
import type { Config } from '../config/config.js';
import { SYSTEM_CLOCK } from '../clock.js';
import type { Clock, HealthSink } from '../contracts.js';
import { NO_CONTEXT } from '../advice/context.js';
import { findRemedies } from '../advice/remedies.js';
import { findDashboardUrl } from './addresses.js';
import { listChannelViews, listAlertmanagers, listRecipients, toChannelOptions } from './channel-options.js';
import type { HostLimits } from '../host/limits.js';
import type { Incident } from '../incident/incident.js';
import { CAP_MEMORY_MS } from '../incident/caps.js';
import type { Mute } from '../incident/mutes.js';
import { chooseRecipients, type ChannelName } from '../incident/recipients.js';
import { createIncidentTracker, type IncidentTracker } from '../incident/tracker.js';
import type { Log } from '../log.js';
import { createAnnouncer, type AnnouncerOptions, type ComposingAnnouncer } from '../notify/announcer.js';
import { createAlertmanager, type Alertmanager } from '../notify/alertmanager/alertmanager.js';
import { createAttemptBoard, type AttemptBoard } from '../notify/attempts.js';
import { openChannels } from '../notify/channels.js';
import { NO_STORE } from '../notify/connect/address-book.js';
import { createChannelWatch, type ChannelWatch } from '../notify/connect/channel-watch.js';
import { createConnections, type Connections } from '../notify/connect/connections.js';
import { createDelivery } from '../notify/delivery.js';
import type { Outbox } from '../notify/outbox.js';
import type { AddressStore, Channel } from '../notify-contracts.js';
import { readCurrentPortLimits } from '../source/port-limits.js';
import type { Store } from '../store/store.js';
import { SECOND_MS } from '../units.js';

/** How long a stop waits for mail that is due. What is not sent stays in the outbox. */
const DRAIN_MS = 2 * SECOND_MS;
/** Remedies that an alert of Alertmanager states. */
const MAX_REMEDIES = 3;

interface Parts {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
  /** In place of those of the configuration. */
  readonly channels?: ReadonlyMap<ChannelName, Channel>;
}

/** The outboxes of all channels, and what is known of how the channels deliver. */
interface Delivery {
  readonly delivery: Outbox;
  readonly watch: ChannelWatch;
  readonly attempts: AttemptBoard;
  readonly connections: Connections;
}

export function openDelivery(parts: Parts, onStop: (cleanup: () => void | Promise<void>) => void): Delivery {
  const { config, clock, log } = parts;
  const connections = openConnections(config, parts.store);
  const watch = createChannelWatch({ ...parts, connections, random: Math.random });
  const channels = new Map<ChannelName, Channel>();
  const options = toChannelOptions(config, connections);
  const opened = parts.channels ?? openChannels(options, connections, () => clock.wallMs());
  for (const [name, channel] of opened) {
    channels.set(name, watch.add(name, channel, parts.store.outboxSummary(name).lastSentAtMs));
  }
  if (listChannelViews(config).length === 0) {
    log.warn(
      'no channel is configured (mail.smtp, webhook, slack, ...): alerts are shown on the dashboard and logged only',
    );
  }
  for (const channel of channels.values()) onStop(() => channel.close());
  const attempts = createAttemptBoard({ ...parts, channels: [...channels.keys()] });
  const { store } = attempts;
  const { timeZone } = config.host;
  const delivery = createDelivery({ ...parts, store, channels, timeZone, random: Math.random });
  onStop(() => delivery.drain(clock.monotonicMs() + DRAIN_MS));
  return { delivery, watch, attempts, connections };
}

/** The connections of the daemon, and of `alert test`, which stores no addresses. */
export function openConnections({ delivery }: Pick<Config, 'delivery'>, store: AddressStore = NO_STORE): Connections {
  const readLimits = readCurrentPortLimits;
  return createConnections({ ...delivery, readLimits, store, clock: SYSTEM_CLOCK, random: Math.random });
}

/** @param listMutes the silences and maintenance windows that are in force at an instant. */
export function createDaemonIncidents(
  parts: Parts & { readonly alertmanager: Alertmanager | null },
  listMutes: (nowMs: number) => readonly Mute[],
): IncidentTracker {
  const { config, store, clock, alertmanager } = parts;
  const nowMs = clock.wallMs();
  const recipients = listRecipients(config);
  const hasSentSince = (channel: ChannelName, sinceMs: number): boolean =>
    (store.outboxSummary(channel).lastSentAtMs ?? 0) > sinceMs;
  const findNames = (isTold: boolean, incident: Incident): readonly string[] => {
    const names = recipients.filter(({ severities }) => severities.includes(incident.severity) === isTold);
    return chooseRecipients(
      names.map(({ name }) => name),
      incident,
      hasSentSince,
    );
  };
  const incidents = store.loadIncidents();
  alertmanager?.update(incidents);
  const tracker = createIncidentTracker({
    incidents,
    decisions: store.loadDecisions(nowMs - CAP_MEMORY_MS),
    settings: config.incidents,
    findRecipients: (incident) => findNames(true, incident),
    findBelowSeverity: (incident) => findNames(false, incident),
    startedAtMs: nowMs,
    listMutes,
  });
  return {
    ...tracker,
    accept(result) {
      tracker.accept(result);
      alertmanager?.update(result.known);
    },
  };
}

/** Null where no Alertmanager is configured. */
export function openAlertmanager(
  parts: Parts & { readonly connections: Connections },
  { apiUrl, limits }: { readonly apiUrl: () => string | null; readonly limits: () => HostLimits | null },
): Alertmanager | null {
  const { config, connections } = parts;
  if (config.alertmanager === null) return null;
  const adviseOn = ({ lead }: Incident): string => {
    const pool = lead.latest ?? lead.raised;
    const known = limits();
    const context = { ...NO_CONTEXT, owners: lead.owners.processes };
    const remedies = pool === null || known === null ? [] : findRemedies(pool, known, context).slice(0, MAX_REMEDIES);
    return remedies.map(({ title, commands = [] }) => [title, ...commands].join(': ')).join('; ');
  };
  const describe = () => ({ hostName: config.host.name, dashboardUrl: findDashboardUrl(config, apiUrl()), adviseOn });
  return createAlertmanager({
    ...parts,
    ...config.alertmanager,
    targets: listAlertmanagers(config, connections),
    describe,
  });
}

/** @param apiUrl null before the API has started. */
export function createDaemonAnnouncer(
  parts: Parts & { readonly delivery: Outbox } & Pick<AnnouncerOptions, 'issueLinks' | 'listListeners'>,
  apiUrl: () => string | null,
): ComposingAnnouncer {
  const { host, mail, delivery: order } = parts.config;
  const dashboardUrl = (): string => findDashboardUrl(parts.config, apiUrl());
  const domain = (mail.smtp?.from.address ?? '').replace(/^.*@/, '');
  return createAnnouncer({ ...parts, order, hostName: host.name, timeZone: host.timeZone, domain, dashboardUrl });
}
