/**
 * The rule about portcast's own parts. A part that has not worked for long would let a warning go missing, so it is told like
 * the exhaustion of a pool. Each part has a waiting time of its own, so that a hiccup is not told.
 */
import { DAY_MS, formatDuration, formatUtcMinute } from '../units.js';
import type { AlertSettings, Severity, Trouble } from './alert.js';
import { capitalize, formatTimeOfDay } from './names.js';

/** The parts that are no channel. `fallback`: the socket table is read by another source than before. */
export const TROUBLE_PARTS = ['store', 'stall', 'outbox', 'fallback'] as const;
type TroublePart = (typeof TROUBLE_PARTS)[number];

/** A trouble that lasts. */
export interface LastingTrouble extends Trouble {
  readonly sinceMs: number;
}

const NAMES: Record<TroublePart, { readonly part: string; readonly title: string }> = {
  store: { part: 'the database', title: 'has a problem with the database of portcast' },
  stall: { part: 'the sampling', title: 'is not watched: portcast has stopped sampling' },
  outbox: { part: 'the outbox', title: 'does not send the messages of portcast' },
  fallback: { part: 'the source of the socket table', title: 'had to change the source of the socket table' },
};

export function gradeTrouble(part: string): Severity {
  // Nothing warns while no sample is taken. In all other troubles the warnings go on.
  return part === 'stall' ? 'critical' : 'warning';
}

/** How long the trouble of this part must last before it is told. */
export function findTroubleWaitMs(part: string, settings: AlertSettings['trouble']): number {
  return isOwnPart(part) ? settings.forMs[part] : settings.forMs.channel;
}

/** `the database`, `the channel mail`. */
export function nameTroublePart(part: string): string {
  return isOwnPart(part) ? NAMES[part].part : `the channel ${part}`;
}

/** Continues the name of the host: `has a problem with the database of portcast`. */
export function describeTroubleState({ part }: Trouble, lastedMs: number): string {
  if (isOwnPart(part)) return NAMES[part].title;
  const wholeMs = lastedMs >= DAY_MS ? Math.floor(lastedMs / DAY_MS) * DAY_MS : lastedMs;
  return `has not got all messages through ${part} for ${formatDuration(wholeMs)}`;
}

export function summarizeTrouble({ part, message }: Trouble, sinceMs: number): string {
  return `${capitalize(nameTroublePart(part))} has not worked as it should since ${formatTimeOfDay(sinceMs)}: ${endSentence(message)}`;
}

/** States the whole story: where this channel is the only one, nobody was told before. */
export function summarizeTroubleOver(
  { part, message }: Trouble,
  { fromMs, untilMs }: { fromMs: number; untilMs: number },
) {
  const length = formatDuration(Math.max(0, untilMs - fromMs));
  return `Over after ${length}: ${nameTroublePart(part)} works again. Since ${formatUtcMinute(fromMs)} the problem was: ${endSentence(message)}`;
}

function isOwnPart(part: string): part is TroublePart {
  return TROUBLE_PARTS.some((own) => own === part);
}

/** The text with a full stop, unless it ends like a sentence. */
export function endSentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}
