/**
 * Messages of tests and drills. They go through the outbox like all others, and their Message-IDs keep them out of its figures,
 * so that a test that fails is no problem of the daemon.
 */
export const TRIALS = ['test', 'drill'] as const;
export type Trial = (typeof TRIALS)[number];

export function makeTrialId(trial: Trial, id: string): string {
  return `${trial}-${id}`;
}

export function isTrialId(messageId: string): boolean {
  return TRIALS.some((trial) => messageId.startsWith(`${trial}-`));
}
