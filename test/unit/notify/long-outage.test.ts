/** A day without a mail server: what was told of 200 incidents is delivered afterwards, in order, and nothing twice. */
import { expect, it } from 'vitest';
import { createIncidentTracker } from '../../../daemon/incident/tracker.js';
import { DEFAULT_INCIDENT_SETTINGS } from '../../../daemon/incident/settings.js';
import { createAnnouncer } from '../../../daemon/notify/announcer.js';
import { createOutbox } from '../../../daemon/notify/outbox.js';
import type { Alert, AlertChange } from '../../../daemon/alert/alert.js';
import type { Channel, OutboxMessage, SendOutcome } from '../../../daemon/notify-contracts.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../../../daemon/units.js';
import { poolForecast } from '../../builders/forecasts.js';
import { ACCEPTED, UNREACHABLE } from '../../builders/memory-outbox.js';
import { alert as createAlert } from '../../builders/messages.js';
import { openTestStore } from '../../builders/stores.js';
import { fakeLog } from '../../fakes.js';

const INCIDENTS = 200;
const EVERY_MS = Math.floor(DAY_MS / INCIDENTS);
const LASTS_MS = 2 * MINUTE_MS;
const STEP_MS = 10 * SECOND_MS;
const RECIPIENT = 'ops@example.org';

it.each([
  { caps: 'without a cap of the hour', maxPerHour: 1000, told: 2 * INCIDENTS },
  { caps: 'with the caps of the default', maxPerHour: DEFAULT_INCIDENT_SETTINGS.maxPerHour, told: null },
])(
  'delivers what was told of 200 incidents after a day without a mail server, $caps',
  async ({ maxPerHour, told }) => {
    const { store, clock, health } = openTestStore();
    const sent: OutboxMessage[] = [];
    let answer: SendOutcome = UNREACHABLE;
    const channel: Channel = {
      send(message) {
        if (answer.ok) sent.push(message);
        return Promise.resolve(answer);
      },
      close: () => undefined,
    };
    const log = fakeLog();
    const outbox = createOutbox({ name: 'mail', store, channel, clock, health, log, random: Math.random });
    const announcer = createAnnouncer({
      hostName: 'web-1',
      domain: 'example.org',
      delivery: { tick: () => Promise.resolve() },
      dashboardUrl: () => 'http://127.0.0.1:9470/',
      store,
      clock,
      log,
    });
    const incidents = createIncidentTracker({
      incidents: [],
      decisions: [],
      settings: { ...DEFAULT_INCIDENT_SETTINGS, maxPerHour },
      findRecipients: () => [RECIPIENT],
      startedAtMs: 0,
    });
    const startMs = clock.wallMs();
    const written: string[] = [];
    let active: Alert[] = [];

    for (let ms = 0; ms < DAY_MS + 20 * MINUTE_MS; ms += STEP_MS) {
      const nowMs = startMs + ms;
      clock.advance(nowMs - clock.wallMs());
      const changes: AlertChange[] = [];
      const isOver = ({ firingAtMs }: Alert): boolean => nowMs - (firingAtMs ?? 0) >= LASTS_MS;
      for (const alert of active.filter(isOver)) {
        changes.push({ from: 'firing', to: 'resolved', alert: { ...alert, state: 'resolved', resolvedAtMs: nowMs } });
      }
      active = active.filter((alert) => !isOver(alert));
      if (ms < DAY_MS && ms % EVERY_MS < STEP_MS) {
        const alert = firingAlert(Math.floor(ms / EVERY_MS), nowMs);
        active.push(alert);
        changes.push({ from: 'pending', to: 'firing', alert });
      }
      const step = incidents.step({ active, changes, usablePorts: null, nowMs });
      announcer.announce({ ...step, changes }, null);
      incidents.accept(step);
      await outbox.tick();
    }
    written.push(...store.listIncidents({ limit: 1000 }).map(({ id }) => id));
    expect(written).toHaveLength(INCIDENTS);
    expect(sent).toEqual([]);
    const { pending } = store.outboxSummary('mail');
    if (told !== null) expect(pending).toBe(told);

    answer = ACCEPTED;
    for (let i = 0; i < 10 * MINUTE_MS; i += SECOND_MS) {
      clock.advance(SECOND_MS);
      await outbox.tick();
    }
    expect(store.outboxSummary('mail')).toMatchObject({ pending: 0, failed: 0 });
    expect(sent).toHaveLength(pending);
    expect(new Set(sent.map(({ messageId }) => messageId)).size).toBe(pending);
    const instants = sent.map(({ createdAtMs }) => createdAtMs);
    expect(instants).toEqual(instants.toSorted((a, b) => a - b));
    // Each incident was told of, by a message of its own or by its name in a digest.
    const text = sent.map((message) => message.text).join('\n');
    for (let i = 0; i < INCIDENTS; i++) expect(text).toContain(addressOf(i));
  },
  120_000,
);

function addressOf(i: number): string {
  return `10.1.${Math.floor(i / 100)}.${100 + (i % 100)}:443`;
}

function firingAlert(i: number, nowMs: number): Alert {
  const remoteAddress = addressOf(i).replace(':443', '');
  const latest = poolForecast({ id: `pool-${i}`, remoteAddress, localAddress: `10.2.${i}.1`, remotePort: 443 });
  const summary = `ports to ${addressOf(i)} run out`;
  const owners = { processes: [], why: null };
  return createAlert({
    id: `imminent_${i}`,
    owners,
    poolId: latest.id,
    firingAtMs: nowMs,
    latest,
    raised: latest,
    summary,
  });
}
