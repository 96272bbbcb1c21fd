/**
 * Alertmanager is told states, not messages: all alerts at every change and again every minute, because one that is not
 * repeated resolves by itself. So nothing waits in the outbox, and what was lost is in the next push.
 */
import type { Clock, HealthSink } from '../../contracts.js';
import type { Incident } from '../../incident/incident.js';
import type { Log } from '../../log.js';
import type { HttpTarget } from '../http/request.js';
import { isResolved, listAlerts, RESOLVED_FOR_MS, type AlertContext, type AlertmanagerAlert } from './alerts.js';
import { pushAlerts } from './push.js';

interface AlertmanagerOptions {
  /** All members of a cluster: each is told, and they agree on who notifies. The URLs are the bases, without `api/v2`. */
  readonly targets: readonly HttpTarget[];
  readonly repeatMs: number;
  readonly severities: AlertContext['severities'];
  readonly clock: Clock;
  readonly health: HealthSink;
  readonly log: Log;
  readonly describe: () => Pick<AlertContext, 'hostName' | 'dashboardUrl' | 'adviseOn'>;
}

interface AlertmanagerFigures {
  /** The servers that have not accepted the newest state. */
  readonly pending: number;
  readonly lastSentAtMs: number | null;
  readonly lastError: string | null;
}

export interface Alertmanager {
  /** Takes the incidents after a step, also those that were resolved lately. Pushes where what fires has changed. */
  update(incidents: readonly Incident[]): void;
  /** To be called every second: repeats what is due. */
  tick(): void;
  figures(): AlertmanagerFigures;
  /** Resolves once nothing is under way; for tests. */
  settle(): Promise<void>;
  /** Ends what is under way. */
  close(): void;
}

/** The state of one server. */
interface Peer {
  readonly target: HttpTarget;
  pushing: Promise<void> | null;
  /** Whether the state has changed since the push that is under way began. */
  isStale: boolean;
  lastPushAtMs: number;
  error: string | null;
}

/** After a failure it is tried again sooner than the next repeat. */
const RETRY_MS = 10_000;

export function createAlertmanager(options: AlertmanagerOptions): Alertmanager {
  const { clock, health, log } = options;
  const stop = new AbortController();
  const peers = createPeers(options, stop.signal);
  let incidents: readonly Incident[] = [];
  let shown = '';
  let lastSentAtMs: number | null = null;
  /** What was sent as firing, so that what fires no more is sent as resolved whatever became of its incident. */
  let sent = new Map<string, AlertmanagerAlert>();

  const collect = (): AlertmanagerAlert[] => {
    const nowMs = clock.wallMs();
    const current = listCurrent(incidents, options, nowMs);
    sent = addEnded(current, sent, nowMs);
    return [...sent.values()];
  };

  const push = async (peer: Peer): Promise<void> => {
    while (peer.isStale && !stop.signal.aborted) {
      peer.isStale = false;
      peer.lastPushAtMs = clock.monotonicMs();
      // Without an alert an empty list is sent, which shows that the server can be reached before it matters.
      const error = await pushAlerts(peer.target, collect());
      if (error === null) lastSentAtMs = clock.wallMs();
      else if (error !== peer.error) log.warn(`alertmanager: ${error}`);
      peer.error = error;
      health.report('alertmanager', listErrors(peers).join('; ') || null);
    }
    peer.pushing = null;
  };

  const start = (peer: Peer): void => {
    peer.isStale = true;
    peer.pushing ??= push(peer);
  };

  return {
    update(next) {
      incidents = next;
      const firing = listCurrent(next, options, clock.wallMs());
      const view = describeFiring(firing, clock.wallMs());
      if (view === shown) return;
      shown = view;
      peers.forEach(start);
    },
    tick() {
      for (const peer of peers) {
        const waitMs = peer.error === null ? options.repeatMs : Math.min(RETRY_MS, options.repeatMs);
        if (clock.monotonicMs() - peer.lastPushAtMs >= waitMs) start(peer);
      }
    },
    figures() {
      const errors = listErrors(peers);
      return { pending: errors.length, lastSentAtMs, lastError: errors[0] ?? null };
    },
    close() {
      stop.abort();
    },
    async settle() {
      await Promise.all(peers.flatMap(({ pushing }) => pushing ?? []));
    },
  };
}

function createPeers({ targets }: AlertmanagerOptions, signal: AbortSignal): Peer[] {
  const initially = { pushing: null, isStale: true, lastPushAtMs: -Infinity, error: null };
  return targets.map((target) => ({ target: { ...target, signal }, ...initially }));
}

/** Of the servers that have not accepted the newest state. */
function listErrors(peers: readonly Peer[]): string[] {
  return peers.flatMap(({ error }) => error ?? []);
}

function listCurrent(incidents: readonly Incident[], options: AlertmanagerOptions, nowMs: number) {
  return listAlerts(incidents, { ...options, ...options.describe(), nowMs });
}

/** What fires, since when, as one string. */
function describeFiring(alerts: ReadonlyMap<string, AlertmanagerAlert>, nowMs: number): string {
  return JSON.stringify([...alerts].map(([id, alert]) => [id, alert.startsAt, isResolved(alert, nowMs)]));
}

/** The alerts of now, and those that fired in the push before and are in no incident any more: they have ended. */
function addEnded(
  current: ReadonlyMap<string, AlertmanagerAlert>,
  before: ReadonlyMap<string, AlertmanagerAlert>,
  nowMs: number,
): Map<string, AlertmanagerAlert> {
  const all = new Map(current);
  for (const [id, alert] of before) {
    if (all.has(id)) continue;
    const endsAtMs = Math.min(Date.parse(alert.endsAt), nowMs);
    if (nowMs - endsAtMs <= RESOLVED_FOR_MS) all.set(id, { ...alert, endsAt: new Date(endsAtMs).toISOString() });
  }
  return all;
}
