/**
 * A store, an announcer and an outbox that sends real mail, in a process of its own that is killed while it works.
 *
 *   node --import tsx mailing-child.ts FILE PORT NUMBER GAP_MS     the alerts' ids begin with the number
 *
 * It raises, acknowledges, silences and resolves alerts, GAP_MS apart (0: none, it only sends what waits). It prints a line when
 * a commit of alerts and messages has returned (`committed ALERT MESSAGE_ID`, `opened INCIDENT`), when a person's change has
 * returned (`acknowledged INCIDENT`, `silenced SILENCE`), when the store has recorded an outcome (`recorded MESSAGE_ID`), and
 * while no message waits (`empty`).
 */
import { SYSTEM_CLOCK } from '../../../daemon/clock.js';
import type { AlertChange } from '../../../daemon/alert/alert.js';
import type { SilenceRequest } from '../../../daemon/incident/commands.js';
import { createIncidentCommands } from '../../../daemon/app/incident-commands.js';
import { createIncidentTracker } from '../../../daemon/incident/tracker.js';
import { createAnnouncer } from '../../../daemon/notify/announcer.js';
import { createEmailChannel } from '../../../daemon/notify/email/email-channel.js';
import { createOutbox } from '../../../daemon/notify/outbox.js';
import { MIGRATIONS_DIR } from '../../../daemon/paths.js';
import { openStore } from '../../../daemon/store/store.js';
import { DAY_MS, HOUR_MS, SECOND_MS } from '../../../daemon/units.js';
import { alert as createAlert } from '../../builders/messages.js';
import { createTestDial } from '../../builders/dial.js';
import { smtpOptions } from '../../builders/mail-server.js';
import { fakeHealth, fakeLog, MAX_SAMPLE_AGE_MS } from '../../fakes.js';

const TICK_MS = 20;
/** Of the changes, of which every second one raises an alert. */
const ACKNOWLEDGE_EVERY = 4;
const SILENCE_EVERY = 10;
const REMARK = { author: null, text: 'seen' };
/** More than all rounds write: what is deleted to stay below the cap would look lost. */
const CAP_BYTES = 1024 ** 3;

const [file = '', port, number, gapMs] = process.argv.slice(2);
const print = (line: string): void => void process.stdout.write(`${line}\n`);
const parts = { clock: SYSTEM_CLOCK, health: fakeHealth(), log: fakeLog() };
const store = openStore({
  ...parts,
  file,
  capBytes: CAP_BYTES,
  retention: { rawMs: HOUR_MS, minuteMs: DAY_MS, hourMs: DAY_MS },
  maxSeries: 50,
  maxSampleAgeMs: MAX_SAMPLE_AGE_MS,
  migrationsDir: MIGRATIONS_DIR,
});
const channel = createEmailChannel(smtpOptions({ port: Number(port), timeoutMs: 10 * SECOND_MS }), createTestDial());
/** The store, which also prints what is on disk now. */
const recording: typeof store = {
  ...store,
  commitAlerts(changes, messages, told) {
    store.commitAlerts(changes, messages, told);
    for (const { alertId, messageId } of messages) print(`committed ${alertId} ${messageId}`);
    for (const { id } of told?.incidents ?? []) print(`opened ${id}`);
  },
  recordAttempt(messageId, ...outcome) {
    store.recordAttempt(messageId, ...outcome);
    print(`recorded ${messageId}`);
  },
};
const outbox = createOutbox({ ...parts, name: 'mail', store: recording, channel, random: Math.random });
const announcer = createAnnouncer({
  ...parts,
  store: recording,
  hostName: 'host',
  dashboardUrl: () => 'http://127.0.0.1:9470',
  delivery: outbox,
  domain: 'example.org',
});
/** Without a quiet time and without caps, so that every change is told. */
const incidents = createIncidentTracker({
  incidents: store.loadIncidents(),
  decisions: [],
  settings: { quietForMs: 0, remindAfterMs: HOUR_MS, maxMessages: 1000, maxPerHour: 1e6 },
  findRecipients: () => ['ops@example.org'],
  startedAtMs: 0,
});

const commands = createIncidentCommands({ ...parts, store: recording, tracker: incidents });

print('ready');
// What the process before could not send goes out while this one raises its own alerts.
setInterval(() => {
  const problem = parts.health.problems.get('store');
  // What the store could not write is only in memory, and a kill would lose it.
  if (problem !== undefined) throw new Error(problem);
  void outbox.tick();
  if (store.outboxSummary('mail').pending === 0) print('empty');
}, TICK_MS);
let count = 0;
if (Number(gapMs) > 0) setInterval(raise, Number(gapMs));

/** Every second change resolves the alert of the one before. */
function raise(): void {
  const isResolving = count % 2 === 1;
  const nowMs = SYSTEM_CLOCK.wallMs();
  const firing = createAlert({
    poolId: `${number}-${Math.floor(count / 2)}`,
    id: `${number}-${Math.floor(count / 2)}`,
    firingAtMs: nowMs,
  });
  count += 1;
  const change: AlertChange = isResolving
    ? { from: 'firing', to: 'resolved', alert: { ...firing, state: 'resolved', resolvedAtMs: nowMs } }
    : { from: 'pending', to: 'firing', alert: firing };
  const step = incidents.step({ active: isResolving ? [] : [firing], changes: [change], usablePorts: null, nowMs });
  announcer.announce({ ...step, changes: [change] }, null);
  incidents.accept(step);
  const [opened] = step.incidents;
  if (isResolving || opened === undefined) return;
  if (count % ACKNOWLEDGE_EVERY === 1 && commands.acknowledge({ incidentId: opened.id }, REMARK) !== null) {
    print(`acknowledged ${opened.id}`);
  }
  if (count % SILENCE_EVERY === 1) print(`silenced ${commands.addSilence(silenceOfNothing(nowMs)).id}`);
}

/** It matches no alert of this process, so that every change is told. */
function silenceOfNothing(nowMs: number): SilenceRequest {
  return { matchers: { pool: 'none' }, beginAtMs: nowMs, endAtMs: nowMs + SECOND_MS, author: null, comment: '' };
}
