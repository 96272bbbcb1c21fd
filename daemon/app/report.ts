/** The part of app.ts that builds reports, and sends the weekly one once, also when portcast did not run when it was due. */
import { createTask } from 'node-cron';
import type { Config } from '../config/config.js';
import type { Clock, CycleView } from '../contracts.js';
import { messageOf } from '../errors.js';
import type { Log } from '../log.js';
import type { Outbox } from '../notify/outbox.js';
import { createReportMessage } from '../notify/report.js';
import type { Store } from '../store/store.js';
import { DAY_MS, MINUTE_MS } from '../units.js';
import { reportToWire, type WireReport } from '../wire/report.js';

const WEEK_DAYS = 7;
const MAX_INCIDENTS = 1000;
const CHECK_MS = MINUTE_MS;

interface ReportParts {
  readonly config: Config;
  readonly store: Store;
  readonly clock: Clock;
  readonly log: Log;
}

/** @param dueAtMs null for a report that somebody asked for. Rejects with STORE_* where the database cannot be read. */
export type BuildReport = (days: number, dueAtMs?: number | null) => Promise<WireReport>;

export function createReportBuilder(
  { config, store, clock }: ReportParts,
  latestView: () => CycleView | null,
): BuildReport {
  return async (days, dueAtMs = null) => {
    const toMs = clock.wallMs();
    const span = { fromMs: toMs - days * DAY_MS, toMs };
    const stored = await store.readReport(span, days);
    return reportToWire({
      host: config.host.name,
      timeZone: config.host.timeZone,
      span,
      days,
      dueAtMs,
      ...stored,
      outlookDays: new Map(latestView()?.pools.map(({ id, outlookDays }) => [id, outlookDays])),
      incidents: store.listIncidents({ limit: MAX_INCIDENTS }),
      decisions: store.loadDecisions(span.fromMs),
    });
  };
}

interface SenderParts extends ReportParts {
  readonly build: BuildReport;
  readonly delivery: Pick<Outbox, 'tick'>;
}

/**
 * @returns what is to be called about once a second; it never throws. The instant of the next report is in the database, so one
 * that was due while portcast did not run is sent late, and none is sent twice.
 */
export function createReportSender(parts: SenderParts): () => Promise<void> {
  const { config, store, clock, log } = parts;
  const { weekly } = config.reports;
  // Who is told of some severities only, such as a pager, is told of incidents and not of a summary.
  const recipients = config.mail.smtp === null ? [] : config.mail.to;
  if (weekly === null || recipients.length === 0) return createDueForgetter(store);
  const findNextMs = createNextFinder({ at: weekly.at, timeZone: weekly.timeZone ?? config.host.timeZone });
  let checkedMs = -Infinity;
  let isRunning = false;
  const check = async (): Promise<void> => {
    const nowMs = clock.wallMs();
    const nextMs = findNextMs(nowMs);
    const dueMs = store.readReportDue();
    // What is due by the present clock and the present setting; a time further ahead was planned by another one.
    if (dueMs === null || dueMs > nowMs) {
      if (dueMs !== nextMs) store.writeReportDue(nextMs);
      return;
    }
    const report = await parts.build(WEEK_DAYS, dueMs);
    const domain = (config.mail.smtp?.from.address ?? '').replace(/^.*@/, '') || 'portcast.invalid';
    const messages = recipients.map((recipient) => createReportMessage(report, { recipient, domain, nowMs }));
    store.commitAlerts([], messages);
    // After the messages: when portcast is killed here, the next start makes the same messages, which are stored already.
    store.writeReportDue(nextMs);
    void parts.delivery.tick();
  };
  return async () => {
    const nowMs = clock.monotonicMs();
    if (isRunning || nowMs - checkedMs < CHECK_MS) return;
    checkedMs = nowMs;
    isRunning = true;
    try {
      await check();
    } catch (error) {
      log.warn({ err: error }, `the weekly report is tried again in a minute: ${messageOf(error)}`);
    } finally {
      isRunning = false;
    }
  };
}

/** A report that was due before it was switched off is not sent when it is switched on again. */
function createDueForgetter(store: Store): () => Promise<void> {
  let isForgotten = false;
  return () => {
    try {
      if (!isForgotten) store.writeReportDue(null);
      isForgotten = true;
    } catch {
      // The next call tries again.
    }
    return Promise.resolve();
  };
}

/** The first run of a cron expression after an instant; epoch ms. */
function createNextFinder({ at, timeZone }: { readonly at: string; readonly timeZone: string }) {
  const task = createTask(at, () => undefined, { timezone: timeZone });
  return (nowMs: number): number => {
    const next = task.getNextRuns(2).find((run) => run.getTime() > nowMs);
    return next?.getTime() ?? nowMs + WEEK_DAYS * DAY_MS;
  };
}
