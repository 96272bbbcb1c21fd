/** Canned incidents: played through the real step of incidents, then moved to the time of the scenario. */
import { summarizeResolved } from '../../daemon/alert/summary.js';
import type { Decision, Incident } from '../../daemon/incident/incident.js';
import { outageToWire, type WireOutage } from '../../daemon/wire/outage.js';
import { sentMessagesToWire, type WireSentMessage } from '../../daemon/wire/sent-message.js';
import { decisionToWire, incidentToWire } from '../../daemon/wire/incident.js';
import type { IncidentDetails, Silence, TestResult } from '../../dashboard/src/state/incident-types.js';
import { calmForecast, T0 } from '../builders/forecasts.js';
import type { IncidentScene } from '../builders/incident-scene.js';
import { createOutage } from '../builders/outage.js';
import { iso } from '../builders/wire-pool.js';
import { listChanges } from './canned-changes.js';
import { INCIDENT_POOL, playHostile, playMany, playOpen, playOver, playSeries } from './canned-incident-scenes.js';
import { CAPACITY, HOSTILE } from './canned-pools.js';

export const INCIDENT_SCENARIOS = [
  'none',
  'open',
  'many pools',
  'acknowledged',
  'silenced',
  'quiet',
  'resolved',
  'two hundred',
  'hostile',
  'failing delivery',
  'old server',
] as const;
export type IncidentScenario = (typeof INCIDENT_SCENARIOS)[number];

/** What the canned server knows of incidents. The actions of the page change it. */
export interface IncidentWorld {
  /** A server of this version; else one that knows neither remarks nor silences nor pages. */
  readonly isNew: boolean;
  /** Newest first. */
  readonly incidents: IncidentDetails[];
  readonly silences: Silence[];
  readonly outages: readonly WireOutage[];
  readonly testResults: readonly TestResult[];
}

const CALM = { capacity: CAPACITY, used: 2_310, available: 25_922, live: 140, timeWait: 2_170, sustainableRate: 452 };
/** What a server of an older version does not send. */
const REMARKS = ['acknowledgement', 'comments', 'silencedBy', 'maintenance'];
const TEST_RESULTS: readonly TestResult[] = [
  { channel: 'mail', recipient: 'ops@example.org', ok: true, answer: '250 2.0.0 Ok: queued as 4F1C21' },
  { channel: 'webhook', recipient: 'webhook', ok: false, answer: 'connect ECONNREFUSED 10.0.9.9:8080' },
];

interface Built {
  readonly scene: IncidentScene;
  /** Of the delivery of each message. */
  readonly fails?: string;
}

const SCENES: Record<IncidentScenario, () => Built[]> = {
  none: () => [],
  open: () => [{ scene: playOpen() }],
  'many pools': () => [{ scene: playMany(45) }],
  acknowledged: () => [{ scene: playOpen() }],
  silenced: () => [{ scene: playOpen() }],
  quiet: () => [{ scene: playOver(false) }],
  resolved: () => [{ scene: playOver(true) }],
  'two hundred': () => [{ scene: playSeries(198) }],
  hostile: () => [{ scene: playHostile() }],
  'failing delivery': () => [{ scene: playOpen(), fails: `451 4.7.1 greylisted, try again later ${'x'.repeat(120)}` }],
  'old server': () => [{ scene: playOpen() }],
};

const OUTAGES: Partial<Record<IncidentScenario, ReturnType<typeof createOutage>[]>> = (() => {
  const full = { peakUsed: CAPACITY, capacity: CAPACITY };
  const first = createOutage({ ...full, fromMs: T0 + 216_000, lastMs: T0 + 270_000, failedConnects: 14_312 });
  const second = createOutage({
    ...full,
    fromMs: T0 + 372_000,
    lastMs: T0 + 401_000,
    failedConnects: 2_001,
    isEstimated: true,
  });
  const now = createOutage({
    ...full,
    fromMs: T0 + 216_000,
    lastMs: T0 + 277_000,
    isOver: false,
    failedConnects: 14_312,
  });
  return {
    open: [now],
    'old server': [now],
    'many pools': [now],
    acknowledged: [now],
    silenced: [now],
    'failing delivery': [now],
    quiet: [first],
    resolved: [first, second],
  };
})();

export function createIncidentWorld(scenario: IncidentScenario, startMs: number): IncidentWorld {
  const built = SCENES[scenario]();
  const isNew = scenario !== 'old server';
  const scene = built.at(-1)?.scene;
  const deltaMs = startMs - (scene?.nowMs() ?? T0);
  const outages = scenario === 'none' ? [] : [...(OUTAGES[scenario] ?? [])].map((outage) => outageToWire(outage));
  const world: IncidentWorld = {
    isNew,
    incidents: built.flatMap((one) => describe(one)).sort((a, b) => b.openedAt.localeCompare(a.openedAt)),
    silences: [],
    outages,
    testResults: TEST_RESULTS,
  };
  const moved = move(world, deltaMs);
  if (!isNew) moved.incidents.forEach((incident, index) => (moved.incidents[index] = withoutRemarks(incident)));
  return remark(scenario, moved, startMs);
}

/** With what was told of each: the announcer writes those decisions, and the messages with them. */
function describe({ scene, fails }: Built): IncidentDetails[] {
  const told = scene.notices.flatMap(({ kind, recipients, incident }): Decision[] =>
    recipients.map((recipient) => ({
      atMs: findNoticeMs(kind, incident),
      incidentId: incident.id,
      alertId: incident.lead.id,
      kind,
      told: true,
      reason: kind,
      by: null,
      recipient,
      messageId: `${kind}-${incident.id}-${recipient}@example.org`,
    })),
  );
  // Those that were over long ago are only in what was told of them.
  const incidents = new Map(
    [...scene.notices.map(({ incident }) => incident), ...scene.incidents()].map((one) => [one.id, one]),
  );
  return [...incidents.values()].map((incident) => {
    const own = [...scene.decisions, ...told]
      .filter(({ incidentId }) => incidentId === incident.id)
      .sort((a, b) => b.atMs - a.atMs);
    const wire = incidentToWire(incident);
    const { lead } = incident;
    const story = { ...lead, outages: OUTAGES.resolved ?? [] };
    const after = calmForecast({ ...CALM, remoteAddress: lead.latest?.remoteAddress ?? null });
    const summary =
      incident.state === 'resolved' ? summarizeResolved(story, after, incident.resolvedAtMs ?? 0) : wire.summary;
    return { ...wire, summary, decisions: own.map(decisionToWire), deliveries: deliver(own, fails) };
  });
}

function findNoticeMs(kind: Decision['kind'], { told, openedAtMs, resolvedAtMs }: Incident): number {
  return kind === 'first'
    ? openedAtMs
    : kind === 'resolved'
      ? (resolvedAtMs ?? openedAtMs)
      : (told.lastAtMs ?? openedAtMs);
}

function deliver(decisions: readonly Decision[], fails: string | undefined): WireSentMessage[] {
  const sent = decisions.filter((decision) => decision.told);
  const rows = sent.map(({ messageId, recipient, atMs }, index) => ({
    messageId: messageId ?? '',
    recipient: recipient ?? '',
    status: fails === undefined ? ('sent' as const) : index % 2 === 0 ? ('waiting' as const) : ('failed' as const),
    attempts: fails === undefined ? 1 : 3 + index,
    createdAtMs: atMs,
    attemptedAtMs: atMs + 640,
    lastError: fails ?? null,
  }));
  return sentMessagesToWire(rows, decisions);
}

function withoutRemarks(incident: IncidentDetails): IncidentDetails {
  const kept = Object.entries(incident).filter(([name]) => !REMARKS.includes(name));
  return Object.fromEntries(kept) as unknown as IncidentDetails;
}

/** Every instant, by so many ms. */
function move<T>(document: T, deltaMs: number): T {
  const instant = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/;
  const shift = (_key: string, value: unknown): unknown =>
    typeof value === 'string' && instant.test(value) ? iso(Date.parse(value) + deltaMs) : value;
  return JSON.parse(JSON.stringify(document), shift) as T;
}

/** What people did about the first incident. */
function remark(scenario: IncidentScenario, world: IncidentWorld, startMs: number): IncidentWorld {
  const [incident] = world.incidents;
  if (incident === undefined) return world;
  const at = iso(startMs - 50_000);
  const put = (changes: Partial<IncidentDetails>): void => void (world.incidents[0] = { ...incident, ...changes });
  if (scenario === 'open' || scenario === 'many pools') {
    const changes = listChanges(startMs, INCIDENT_POOL, Date.parse(incident.openedAt) - 18 * 60_000);
    put({ changes });
  }
  if (scenario === 'acknowledged' || scenario === 'resolved') {
    put({
      acknowledgement: {
        at: iso(Date.parse(incident.openedAt) + 80_000),
        author: 'Mira',
        comment: 'Rolling back checkout-api 4.2.',
      },
      comments: [
        {
          at: iso(Date.parse(incident.openedAt) + 130_000),
          author: null,
          text: 'The new client opens a connection per request.\nKeep-alive is off in its settings.',
        },
      ],
    });
  }
  if (scenario === 'silenced') {
    put({ silencedBy: 'silence_1' });
    const matchers = { destination: '10.0.0.2:443' };
    world.silences.push(createSilence({ id: 'silence_1', matchers, comment: 'Load test', author: 'Mira' }, startMs));
    world.silences.push(
      createSilence({ id: 'silence_2', state: 'pending', beginAt: iso(startMs + 3_600_000) }, startMs),
    );
  }
  if (scenario === 'hostile') {
    put({
      acknowledgement: { at, author: HOSTILE, comment: `${HOSTILE} ${'y'.repeat(300)}` },
      comments: [{ at, author: 'z'.repeat(100), text: HOSTILE }],
    });
  }
  return world;
}

function createSilence(changes: Partial<Silence>, startMs: number): Silence {
  return {
    id: 'silence',
    state: 'active',
    matchers: { rule: 'use' },
    beginAt: iso(startMs - 600_000),
    endAt: iso(startMs + 7_200_000),
    author: null,
    comment: '',
    ...changes,
  };
}
