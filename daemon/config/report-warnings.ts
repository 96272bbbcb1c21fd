/** What the configuration of reports allows although it has no effect. */
import type { Config } from './config.js';

/** Settings that work but should be changed. */
export function listReportWarnings({ reports, mail }: Pick<Config, 'reports' | 'mail'>): string[] {
  if (reports.weekly === null || (mail.smtp !== null && mail.to.length > 0)) return [];
  const missing = mail.smtp === null ? 'no mail is configured' : 'mail.to names nobody';
  return [`reports: weekly is set, but ${missing}, so no report is sent`];
}
