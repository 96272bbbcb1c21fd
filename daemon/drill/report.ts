/** What happened in a drill, step by step, and whether each step held. */
import type { OutboxMessage, SendOutcome } from '../notify-contracts.js';
import { formatDuration } from '../units.js';

interface DrillStep {
  readonly step: string;
  /** Null for a step that did not happen. */
  readonly at: string | null;
  readonly secondsSinceStart: number | null;
  readonly held: boolean;
  readonly detail: string;
}

export interface DrillReport {
  readonly held: boolean;
  readonly steps: readonly DrillStep[];
}

interface Sent {
  readonly message: OutboxMessage;
  readonly isEnd: boolean;
  acceptedMs: number | null;
  answer: string;
  /** It was accepted, or will never be. */
  isSettled: boolean;
}

interface Noted {
  forecastMs: number | null;
  exhaustsMs: number | null;
  firedMs: number | null;
  failedMs: number | null;
  resolvedMs: number | null;
  readonly sent: Map<string, Sent>;
}

/** @param recipients each must be told of the beginning and of the end. */
export function createDrillReport(beganMs: number, recipients: readonly string[]) {
  const noted: Noted = {
    forecastMs: null,
    exhaustsMs: null,
    firedMs: null,
    failedMs: null,
    resolvedMs: null,
    sent: new Map(),
  };
  const findSent = (recipient: string, isEnd: boolean): Sent | undefined =>
    [...noted.sent.values()].find((one) => one.message.recipient === recipient && one.isEnd === isEnd);
  /** Who did not take the warning is not told of its end. */
  const isSettled = (recipient: string): boolean => {
    const warning = findSent(recipient, false);
    const isRefused = warning?.isSettled === true && warning.acceptedMs === null;
    return isRefused || findSent(recipient, true)?.isSettled === true;
  };
  return {
    forecast(exhaustsMs: number, atMs: number): void {
      noted.forecastMs ??= atMs;
      noted.exhaustsMs ??= exhaustsMs;
    },
    change(what: 'fired' | 'resolved' | null, atMs: number): void {
      if (what === 'fired') noted.firedMs ??= atMs;
      if (what === 'resolved') noted.resolvedMs ??= atMs;
    },
    /** A message was stored. Only that about the end waits for another one. */
    expect(message: OutboxMessage): void {
      const isEnd = message.afterId != null;
      noted.sent.set(message.messageId, { message, isEnd, acceptedMs: null, answer: 'not sent yet', isSettled: false });
    },
    answer(messageId: string, outcome: SendOutcome, atMs: number): void {
      const sent = noted.sent.get(messageId);
      if (sent === undefined) return;
      sent.answer = outcome.ok ? outcome.response : outcome.error;
      if (outcome.ok) sent.acceptedMs ??= atMs;
      sent.isSettled = outcome.ok || !outcome.retry;
    },
    /** @returns whether this is the first time that it is told */
    fail(atMs: number): boolean {
      const isFirst = noted.failedMs === null;
      noted.failedMs ??= atMs;
      return isFirst;
    },
    isOver: (): boolean => noted.resolvedMs !== null && recipients.every(isSettled),
    finish(): DrillReport {
      const steps = listSteps(beganMs, noted, (isEnd) =>
        recipients.map((recipient) => ({ recipient, sent: findSent(recipient, isEnd) })),
      );
      return { held: steps.every(({ held }) => held), steps };
    },
  };
}

type FindMessages = (isEnd: boolean) => readonly { readonly recipient: string; readonly sent: Sent | undefined }[];

function listSteps(beganMs: number, noted: Noted, messages: FindMessages): DrillStep[] {
  const { forecastMs, exhaustsMs, firedMs, failedMs, resolvedMs } = noted;
  const build = (step: string, atMs: number | null, { held = atMs !== null, detail = '' } = {}): DrillStep => ({
    step,
    at: atMs === null ? null : new Date(atMs).toISOString(),
    secondsSinceStart: atMs === null ? null : Math.round((atMs - beganMs) / 10) / 100,
    held,
    detail,
  });
  const accepted = (isEnd: boolean): DrillStep[] =>
    messages(isEnd).map(({ recipient, sent }) =>
      build(`${isEnd ? 'end' : 'warning'} accepted for ${recipient}`, sent?.acceptedMs ?? null, {
        detail: sent?.answer ?? 'there was nothing to send',
      }),
    );
  const leadMs = firedMs === null || failedMs === null ? null : failedMs - firedMs;
  const offMs = exhaustsMs === null || failedMs === null ? null : exhaustsMs - failedMs;
  return [
    build('ports are being burnt', beganMs),
    build('first forecast of an exhaustion', forecastMs, {
      detail:
        offMs === null ? '' : `its instant was ${formatDuration(Math.abs(offMs))} ${offMs < 0 ? 'early' : 'late'}`,
    }),
    build('alert fired', firedMs),
    ...accepted(false),
    build('first connect failed, after the alert', failedMs, {
      held: leadMs !== null && leadMs > 0,
      detail: leadMs === null ? '' : `${formatDuration(leadMs)} after the alert`,
    }),
    build('alert resolved', resolvedMs),
    ...accepted(true),
  ];
}
