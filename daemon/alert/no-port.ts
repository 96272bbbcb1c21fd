/** The sentences of the rule `empty`: no port of the ephemeral range is usable. */
import { formatDuration } from '../units.js';
import type { Alert } from './alert.js';

/** @param why the clause of `explainNoUsablePort`. */
export function summarizeNoPort(why: string | null): string {
  return `Every connect() of this host fails: ${why ?? 'no port of the ephemeral range is usable'}.`;
}

export function summarizePortsAgain({ firingAtMs }: Alert, nowMs: number): string {
  const lasted = formatDuration(Math.max(0, nowMs - (firingAtMs ?? nowMs)));
  return `Over after ${lasted}: the ephemeral range has usable ports again.`;
}
