/** What people say of an incident: that somebody has taken it on, and comments. */
import { isMoreSevere } from '../alert/alert.js';
import type { Remark } from './commands.js';
import type { Incident } from './incident.js';

/** Comments of one incident, and characters of one comment. */
export const MAX_COMMENTS = 100;
export const MAX_COMMENT_LENGTH = 2000;

/** Reminders stop. A new acknowledgement takes the place of the one before. */
export function acknowledge(incident: Incident, { author, text }: Remark, nowMs: number): Incident {
  const { severity } = incident;
  return { ...incident, acknowledgement: { atMs: nowMs, author, comment: text, severity } };
}

/** Reminders go on. */
export function withdrawAcknowledgement(incident: Incident): Incident {
  return (incident.acknowledgement ?? null) === null ? incident : { ...incident, acknowledgement: null };
}

/** What was acknowledged was less severe: nobody has taken on what it is now. */
export function liftAcknowledgement(incident: Incident): Incident {
  const { acknowledgement, severity } = incident;
  const isWorse = acknowledgement != null && isMoreSevere(severity, acknowledgement.severity);
  return isWorse ? withdrawAcknowledgement(incident) : incident;
}

/** Null where the incident has as many comments as it may have. */
export function addComment(incident: Incident, { author, text }: Remark, nowMs: number): Incident | null {
  const comments = incident.comments ?? [];
  return comments.length >= MAX_COMMENTS
    ? null
    : { ...incident, comments: [...comments, { atMs: nowMs, author, text }] };
}
