/** Connects the tracker of changes with what the store keeps, and its documents with the API. */
import type { ChangesData } from '../api/data.js';
import { createChangeTracker, type ChangeTracker } from '../change/tracker.js';
import type { StoredMinute } from '../change/slots.js';
import type { Change } from '../change/change.js';
import type { HostReading } from '../contracts.js';
import type { Incident } from '../incident/incident.js';
import { countUnusedCapacity } from '../pool/capacity.js';
import { readOr } from '../store/read-or.js';
import type { Store } from '../store/store.js';
import { HOUR_MS, MINUTE_MS } from '../units.js';
import type { Views } from '../views.js';
import { changeToWire, type WireChange } from '../wire/change.js';
import { settingsToWire } from '../wire/setting.js';

/** A change belongs to an incident when it took place from so long before its begin to so long after its end. */
const BEFORE_INCIDENT_MS = HOUR_MS;
const AFTER_INCIDENT_MS = HOUR_MS;
const MAX_OF_INCIDENT = 50;

/** The tracker of the daemon, with what is stored from before its start. */
export function createDaemonChanges(store: Store): ChangeTracker {
  return createChangeTracker(store.loadChanges(), (poolId, fromMs, toMs) =>
    readMinutes(store, poolId, { fromMs, toMs }),
  );
}

/** The changes and settings that the API serves. */
export function createChangesData(views: Views, store: Store, tracker: ChangeTracker): ChangesData {
  const nowMs = (): number => views.latest()?.atMs ?? 0;
  const list = (query: Parameters<Store['listChanges']>[0]): WireChange[] =>
    replaceOpen(store.listChanges(query), tracker).map((change) => changeToWire(change, nowMs()));
  const ofIncident = (incident: Incident, limit: number): WireChange[] => list({ ...spanOf(incident), limit });
  return {
    changes({ poolId, incidentId, limit }) {
      const poolIds = poolId === null ? null : [poolId];
      if (incidentId === null) return list({ poolIds, fromMs: null, toMs: null, limit });
      const incident = store.findIncident(incidentId);
      if (incident === null) return null;
      return list({ ...spanOf(incident), ...(poolIds === null ? {} : { poolIds }), limit });
    },
    incidentChanges: (incident) => ofIncident(incident, MAX_OF_INCIDENT),
    changeCounts: () => tracker.counts(),
    settings() {
      const reading = views.reading();
      if (reading === null) return null;
      const unusedCapacity = views.latest()?.table?.unusedCapacity ?? countFree(reading);
      return settingsToWire({ host: views.host().name, reading, unusedCapacity, seen: tracker.listSettings() });
    },
  };
}

function countFree({ limits }: HostReading): number {
  return countUnusedCapacity(null, limits);
}

/** The store has a change whose time after goes on as it was up to a minute ago. */
function replaceOpen(stored: readonly Change[], tracker: ChangeTracker): readonly Change[] {
  const open = new Map(tracker.listKnown().flatMap((change) => (change.isOver ? [] : [[change.id, change]])));
  return stored.map((change) => open.get(change.id) ?? change);
}

function spanOf({ pools, openedAtMs, resolvedAtMs }: Incident) {
  return {
    poolIds: pools.map(({ id }) => id),
    fromMs: openedAtMs - BEFORE_INCIDENT_MS,
    toMs: resolvedAtMs === null ? null : resolvedAtMs + AFTER_INCIDENT_MS,
  };
}

/** Empty where nothing is stored, or where it cannot be read: the health report then says so. */
function readMinutes(store: Store, id: string, span: { fromMs: number; toMs: number }): StoredMinute[] {
  const fromMs = Math.floor(span.fromMs / MINUTE_MS) * MINUTE_MS;
  const toMs = Math.ceil(span.toMs / MINUTE_MS) * MINUTE_MS;
  if (toMs <= fromMs) return [];
  const points = (toMs - fromMs) / MINUTE_MS;
  const history = readOr(null, () => store.poolHistory({ id, fromMs, toMs, points }));
  if (history === null || history.stepMs !== MINUTE_MS) return [];
  const { mean, t } = history;
  return t.flatMap((atMs, index) => {
    const at = (name: string): number | null => mean[name]?.[index] ?? null;
    const [used, live, capacity] = [at('used'), at('live'), at('capacity')];
    if (used === null || live === null || capacity === null) return [];
    return [{ atMs, used, live, capacity, closeRate: at('closeRate'), pressure: at('pressure') }];
  });
}
