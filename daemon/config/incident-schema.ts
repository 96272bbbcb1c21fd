/** The schema of `incidents`: when and how often people are told. */
import { DEFAULT_INCIDENT_SETTINGS } from '../incident/settings.js';
import { formatDurationValue } from '../quantities.js';
import { DAY_MS, HOUR_MS, MINUTE_MS } from '../units.js';
import { parseMaintenance } from './maintenance.js';
import { defineKey, defineSection, parseDurationWithin } from './key-definition.js';
import * as values from './values.js';

const DEFAULTS = DEFAULT_INCIDENT_SETTINGS;

export const incidentsSchema = defineSection(
  'Alerts with one cause become one incident. It is told when it begins, when it becomes worse, and when it is over.',
  {
    quietFor: defineKey(
      parseDurationWithin(0, HOUR_MS),
      formatDurationValue(DEFAULTS.quietForMs),
      'It is over after this time without a firing alert. The time grows fourfold, up to an hour, each time that it comes back.',
    ),
    remindAfter: defineKey(
      parseDurationWithin(MINUTE_MS, 30 * DAY_MS),
      formatDurationValue(DEFAULTS.remindAfterMs),
      'While it goes on it is told again after this time, then after pauses that double, up to a day.',
    ),
    maxMessages: defineKey(
      values.parseInteger(2, 100),
      DEFAULTS.maxMessages,
      'The most messages about one incident to one recipient. The last one is kept for its end.',
    ),
    maxPerHour: defineKey(
      values.parseInteger(2, 1000),
      DEFAULTS.maxPerHour,
      'The most messages to one recipient within an hour. What is held back is told in one digest.',
    ),
    maintenance: defineKey(
      parseMaintenance,
      [],
      'Times in which nothing is told: when they begin (five cron fields, in an IANA time zone), and for how long. matchers limits one to a pool, destination, process, rule or namespace. What still goes on at the end is told then.',
      [{ name: 'nightly', cron: '30 2 * * *', duration: '2h', timeZone: 'Europe/Berlin' }],
    ),
  },
);
