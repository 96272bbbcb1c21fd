/** The schema of `alerts`. Its defaults are those of the alert rules. */
import { DEFAULT_ALERT_SETTINGS } from '../alert/settings.js';
import type { AlertSettings, LevelRule } from '../alert/alert.js';
import { formatDurationValue, formatRatio } from '../quantities.js';
import { DAY_MS, MINUTE_MS, SECOND_MS } from '../units.js';
import * as checks from './checks.js';
import { parseDurationWithin, defineKey, parseRatioWithin, defineSection } from './key-definition.js';
import * as values from './values.js';

const MAILED = 'Whether people are told of this alert, through every channel.';

/** How long the condition of a rule must hold, and how long it must be over. */
function defineWaitingTimes({ forMs, clearForMs }: { forMs: number; clearForMs: number }, exception = '') {
  const time = parseDurationWithin(0, 7 * DAY_MS);
  return {
    for: defineKey(
      time,
      formatDurationValue(forMs),
      `How long the condition must hold before the alert fires.${exception}`,
    ),
    clearFor: defineKey(
      time,
      formatDurationValue(clearForMs),
      'How long the condition must be over before the alert resolves.',
    ),
  };
}

/**
 * A rule that compares one value with a raise line and a clear line. Its keys are always the same, its descriptions are
 * not.
 */
function defineLevelRule(
  defaults: LevelRule,
  level: { max: number; raise: string; clear: string; description: string; wait?: string },
) {
  const levels = parseRatioWithin(0, level.max);
  return defineSection(level.description, {
    mail: defineKey(values.parseBoolean, defaults.mail, MAILED),
    raise: defineKey(levels, formatRatio(defaults.raise), level.raise),
    clear: defineKey(levels, formatRatio(defaults.clear), level.clear),
    ...defineWaitingTimes(defaults, level.wait),
  }).superRefine(checks.checkClearBelowRaise);
}

function defineTroubleTime(part: keyof AlertSettings['trouble']['forMs'], description: string) {
  const fallback = formatDurationValue(DEFAULT_ALERT_SETTINGS.trouble.forMs[part]);
  return defineKey(parseDurationWithin(0, 7 * DAY_MS), fallback, description);
}

export const alertsSchema = defineSection(
  'The alert rules: when an alert fires, when it resolves, and whether people are told of it.',
  {
    failing: defineSection(
      'Connects failed in the last minute because no local port was left (see sampling.failures).',
      {
        mail: defineKey(values.parseBoolean, DEFAULT_ALERT_SETTINGS.failing.mail, MAILED),
        ...defineWaitingTimes(DEFAULT_ALERT_SETTINGS.failing),
      },
    ),
    imminent: defineLevelRule(DEFAULT_ALERT_SETTINGS.imminent, {
      max: 1,
      description: 'A pool is forecast to run out of ports.',
      raise: 'The condition holds from this probability of exhaustion within 10 minutes.',
      clear: 'It is over below this probability.',
      wait: ' The probability holds the doubt already: a wait only shortens the warning.',
    }),
    pressure: defineLevelRule(DEFAULT_ALERT_SETTINGS.pressure, {
      max: 10,
      description:
        'The present close rate needs nearly all ports, or more. Pressure is the needed share of the capacity.',
      raise: 'The condition holds from this pressure. From 100% the pool runs out of ports if the rate goes on.',
      clear: 'It is over below this pressure.',
    }),
    use: defineLevelRule(DEFAULT_ALERT_SETTINGS.use, {
      max: 1,
      description:
        'Most ports are in use, not counting reusable ones. From half of them on, connect() takes milliseconds.',
      raise: 'The condition holds from this share of the capacity.',
      clear: 'It is over below this share.',
    }),
    leak: defineSection('The number of open connections keeps growing, and this growth alone will use up the ports.', {
      mail: defineKey(values.parseBoolean, DEFAULT_ALERT_SETTINGS.leak.mail, MAILED),
      raiseWithin: defineKey(
        parseDurationWithin(MINUTE_MS, 30 * DAY_MS),
        formatDurationValue(DEFAULT_ALERT_SETTINGS.leak.raiseWithinMs),
        'The condition holds when exhaustion is forecast within this time.',
      ),
      clearBeyond: defineKey(
        parseDurationWithin(MINUTE_MS, 60 * DAY_MS),
        formatDurationValue(DEFAULT_ALERT_SETTINGS.leak.clearBeyondMs),
        'It is over when exhaustion is further away than this.',
      ),
      ...defineWaitingTimes(DEFAULT_ALERT_SETTINGS.leak),
    }).superRefine(checks.checkWithinBelowBeyond),
    empty: defineSection('No port of the ephemeral range is usable, so every connect() of the host fails.', {
      mail: defineKey(values.parseBoolean, DEFAULT_ALERT_SETTINGS.empty.mail, MAILED),
      ...defineWaitingTimes(DEFAULT_ALERT_SETTINGS.empty),
    }),
    blind: defineSection('portcast has no good sample, so it would not notice an exhaustion.', {
      mail: defineKey(values.parseBoolean, DEFAULT_ALERT_SETTINGS.blind.mail, MAILED),
      raiseAfter: defineKey(
        parseDurationWithin(10 * SECOND_MS, DAY_MS),
        formatDurationValue(DEFAULT_ALERT_SETTINGS.blind.raiseAfterMs),
        'The alert fires after this time without a good sample.',
      ),
      clearFor: defineKey(
        parseDurationWithin(0, DAY_MS),
        formatDurationValue(DEFAULT_ALERT_SETTINGS.blind.clearForMs),
        'How long samples must be good before the alert resolves.',
      ),
    }),
    trouble: defineSection('A part of portcast itself has not worked for long, so a warning may be late or missing.', {
      mail: defineKey(values.parseBoolean, DEFAULT_ALERT_SETTINGS.trouble.mail, MAILED),
      for: defineSection('How long a part must fail before the alert fires.', {
        store: defineTroubleTime('store', 'The database: a full disk, a lock, a file that cannot be used.'),
        stall: defineTroubleTime('stall', 'The sampling: no beat ends any more.'),
        outbox: defineTroubleTime('outbox', 'The outbox: messages are due, and none is tried.'),
        fallback: defineTroubleTime('fallback', 'The source: it failed, and another one is used in its place.'),
        channel: defineTroubleTime('channel', 'A channel: its messages or its self-test fail.'),
      }),
      clearFor: defineKey(
        parseDurationWithin(0, DAY_MS),
        formatDurationValue(DEFAULT_ALERT_SETTINGS.trouble.clearForMs),
        'How long it must work before the alert resolves.',
      ),
    }),
  },
);
