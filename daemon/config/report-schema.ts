/** The schema of `reports`: the weekly summary. */
import { validateDetailed } from 'node-cron';
import { accept, refuse, type Parsed } from '../quantities.js';
import { defineKey, defineSection, keyDocs } from './key-definition.js';
import * as values from './values.js';

/** Numbers, names of months and weekdays, and the signs of cron. */
const CRON_FIELD = /^[\w*/,#-]{1,40}$/;

const weekly = defineSection('', {
  at: defineKey(
    parseCron,
    '0 8 * * 1',
    'When it is sent, as five cron fields (minute hour day month weekday). A report that was due while portcast was stopped is sent late.',
  ),
  timeZone: defineKey(
    values.parseOrNull(values.parseTimeZone),
    null,
    'The time zone of `at`, such as Europe/Zurich. null means host.timeZone.',
  ),
})
  .nullable()
  .prefault(null)
  .register(keyDocs, {
    description: 'A summary of the last 7 days, to the addresses of mail.to. null means that none is sent.',
    default: null,
  });

export const reportsSchema = defineSection('What is sent regularly, by mail.', { weekly });

function parseCron(value: unknown): Parsed<string> {
  const allowed = 'five cron fields (minute hour day month weekday), such as "0 8 * * 1"';
  const fields = typeof value === 'string' ? value.trim().split(/\s+/) : [];
  if (typeof value !== 'string' || fields.length !== 5 || !fields.every((field) => CRON_FIELD.test(field))) {
    return refuse(allowed);
  }
  // node-cron writes every number of a range into a list: 0-999999999 would take all memory.
  if (/\d{3}/.test(value)) return refuse(`${allowed}, with numbers of one or two digits`);
  const { valid, errors } = validateDetailed(value);
  return valid ? accept(value) : refuse(`${allowed}; ${errors.map((error) => error.message).join('; ')}`);
}
