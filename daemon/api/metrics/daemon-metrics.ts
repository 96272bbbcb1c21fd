/** The metrics of portcast itself: its sampling, database, mail, health problems and alerts. */
import { RULES } from '../../alert/alert.js';
import { HEALTH_PARTS } from '../../contracts.js';
import { SECOND_MS } from '../../units.js';
import type { WireDelivery } from '../../wire/delivery.js';
import type { WireStatus } from '../../wire/status.js';
import {
  createCounter,
  createGauge,
  createLabelledGauge,
  type MetricFamily,
  type MetricPoint,
} from './metric-family.js';

const ACTIVE_STATES = ['pending', 'firing'] as const;

export function listDaemonFamilies(status: WireStatus): MetricFamily[] {
  return [
    createLabelledGauge('portcast_build_info', 'Always 1; the label holds the version.', [
      { labels: { version: status.version }, value: 1 },
    ]),
    ...listSamplingFamilies(status),
    ...listHealthFamilies(status),
    ...listFailureFamilies(status.tracing),
    createLabelledGauge('portcast_alerts', 'Alerts by rule and state.', alertPoints(status)),
    ...listStoreFamilies(status.store),
    ...listMailFamilies(status.mail),
    ...listDeliveryFamilies(status),
  ];
}

function listSamplingFamilies({ sampling }: WireStatus): MetricFamily[] {
  const lastDumpSeconds = sampling.lastDumpAt === null ? null : Date.parse(sampling.lastDumpAt) / SECOND_MS;
  return [
    createCounter('portcast_beats_total', 'Beats of the sampling schedule since the start.', sampling.beats),
    createCounter('portcast_beats_missed_total', 'Beats that did not come in time.', sampling.missedBeats),
    createCounter(
      'portcast_schedule_restarts_total',
      'How often the sampling schedule was started again after a step of the wall clock.',
      sampling.scheduleRestarts,
    ),
    createCounter('portcast_glances_total', 'Readings of the counters between two beats.', sampling.glances),
    createCounter('portcast_looks_total', 'Full dumps between two beats, because ports went fast.', sampling.looks),
    createCounter('portcast_dumps_total', 'Full dumps of the socket table since the start.', sampling.dumps),
    createGauge('portcast_last_dump_timestamp_seconds', 'Time of the latest full dump.', lastDumpSeconds),
    createGauge('portcast_dump_cost_seconds', 'CPU time of the latest full dump.', sampling.dumpCostSeconds),
    createGauge('portcast_dump_core_ratio', 'Share of one core that full dumps take on average.', sampling.dumpShare),
    createGauge(
      'portcast_dump_core_budget_ratio',
      'Share of one core that full dumps may take now.',
      sampling.dumpShareBudget,
    ),
    createGauge('portcast_dump_rows', 'Rows of the latest full dump.', sampling.rows),
  ];
}

function listHealthFamilies(status: WireStatus): MetricFamily[] {
  return [
    createGauge('portcast_blind', '1 while there is no good sample.', status.health === 'blind' ? 1 : 0),
    createLabelledGauge(
      'portcast_health_problem',
      '1 while this part of portcast has a problem.',
      problemPoints(status),
    ),
  ];
}

function listFailureFamilies({ on, failedConnects, lost }: WireStatus['tracing']): MetricFamily[] {
  return [
    createGauge('portcast_failures_watched', '1 while failed connects are counted.', on ? 1 : 0),
    createCounter(
      'portcast_failed_connects_total',
      'Connects that failed since the start because no local port was left; absent while they are not counted.',
      on ? failedConnects : null,
    ),
    createCounter(
      'portcast_failed_connects_lost_total',
      'Failed connects that were not counted because too many came at once.',
      on ? lost : null,
    ),
  ];
}

function listStoreFamilies(store: WireStatus['store']): MetricFamily[] {
  return [
    createGauge('portcast_store_size_bytes', 'Size of the database with its WAL and shm files.', store.sizeBytes),
    createGauge('portcast_store_cap_bytes', 'Largest size that the database may have.', store.capBytes),
    createGauge('portcast_store_pending_records', 'Records in memory that are not yet written.', store.pendingRecords),
    createGauge('portcast_store_series', 'Series that the database keeps.', store.series),
  ];
}

function listMailFamilies(mail: WireStatus['mail']): MetricFamily[] {
  return [
    createGauge('portcast_mail_configured', '1 when an SMTP server is configured.', mail.configured ? 1 : 0),
    createGauge('portcast_mail_pending_messages', 'Messages in the outbox that are not yet sent.', mail.pending),
    createGauge('portcast_mail_failed_messages', 'Messages in the outbox that will not be tried again.', mail.failed),
  ];
}

function listDeliveryFamilies({ delivery }: WireStatus): MetricFamily[] {
  const points = (valueOf: (channel: WireDelivery) => number | null): MetricPoint[] =>
    delivery.map((channel) => ({ labels: { channel: channel.channel }, value: valueOf(channel) }));
  const seconds = (at: string | null): number | null => (at === null ? null : Date.parse(at) / SECOND_MS);
  const isGood = ({ lastTestOk }: WireDelivery): number | null => (lastTestOk === null ? null : Number(lastTestOk));
  return [
    createLabelledGauge(
      'portcast_delivery_test_success',
      '1 when the latest self-test of the channel succeeded.',
      points(isGood),
    ),
    createLabelledGauge(
      'portcast_delivery_test_timestamp_seconds',
      'Time of the latest self-test of the channel.',
      points(({ lastTestAt }) => seconds(lastTestAt)),
    ),
    createLabelledGauge(
      'portcast_delivery_sent_timestamp_seconds',
      'When the channel last accepted a message.',
      points(({ lastSentAt }) => seconds(lastSentAt)),
    ),
    createLabelledGauge(
      'portcast_delivery_address_age_seconds',
      "Age of the known address of the channel's server.",
      points(({ addressAgeSeconds }) => addressAgeSeconds),
    ),
    createLabelledGauge(
      'portcast_delivery_outside_range',
      '1 while the connections of the channel have local ports outside the ephemeral range.',
      points(({ localPorts }) => Number(localPorts !== null)),
    ),
  ];
}

function problemPoints({ problems }: WireStatus): MetricPoint[] {
  const failing = new Set(problems.map((problem) => problem.part));
  const parts = new Set<string>([...HEALTH_PARTS, ...failing]);
  return [...parts].map((part) => ({ labels: { part }, value: failing.has(part) ? 1 : 0 }));
}

function alertPoints({ alerts }: WireStatus): MetricPoint[] {
  return RULES.flatMap((rule) =>
    ACTIVE_STATES.map((state) => ({
      labels: { rule, state },
      value: alerts.filter((alert) => alert.rule === rule && alert.state === state).length,
    })),
  );
}
